import { startSimulator } from './start-simulator.js';

/** Ready for use with the sample provisioning file; the appid is that of Tencent's public decryption sample. */
const SAMPLE_APP = { appid: 'wx4f4bc4dec97d474b', secret: 'demo-wechat-app-secret' };

const port = Number(process.env.SIMULATOR_PORT ?? 9100);

try {
  const simulator = await startSimulator({ port, apps: [SAMPLE_APP] });
  process.stdout.write(`WeChat simulator: ${simulator.url}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void simulator.close());
  }
} catch (error) {
  process.stderr.write(`The WeChat simulator cannot listen on SIMULATOR_PORT: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
