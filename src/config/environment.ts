import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * The environment of this process, with what a file `.env` in the working directory adds to it.
 *
 * A variable that is already set wins over the file.
 *
 * @throws Error when the file is there and cannot be read
 */
export function processEnvironment(): EnvironmentVariables {
  return { ...environmentFile(), ...process.env };
}

function environmentFile(): EnvironmentVariables {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new Error(`.env cannot be read: ${code}`, { cause: error });
  }
}
