/** Preloaded into a command, it kills the process when it has printed `DIES_AFTER_LINE` on stderr. */
const line = process.env.DIES_AFTER_LINE;
const write = process.stderr.write.bind(process.stderr);

process.stderr.write = (text, ...rest) => {
  const written = write(text, ...rest);
  if (text === `${line}\n`) process.kill(process.pid, 'SIGKILL');
  return written;
};
