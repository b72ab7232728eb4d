import { randomBytes } from 'node:crypto';
import { ConfigurationError } from '../../config/configuration-error.js';
import { readConfiguration, type Configuration } from '../../config/configuration.js';
import { processEnvironment } from '../../config/environment.js';
import { existingKey } from '../../config/generated-key.js';
import { HttpConfig } from '../../config/http.config.js';
import { messageFor } from '../../logging/described-error.js';
import { findings, type Finding } from './finding.js';

/** Reads the configuration as the service does, but makes no key: one that is missing is made up for the moment. */
export function checkConfiguration(): {
  readonly configuration?: Configuration;
  readonly found: readonly Finding[];
} {
  const { ok, warning, problem } = findings('configuration');
  const missing: string[] = [];
  const keyOf = (path: string) => {
    const key = existingKey(path);
    if (!key) missing.push(path);
    return key ?? randomBytes(32);
  };
  try {
    const configuration = readConfiguration(processEnvironment(), keyOf);
    const { issuer } = configuration.get(HttpConfig);
    const right = ok(`Every variable is right; the issuer is ${issuer}`);
    const noKey = missing.map((path) =>
      warning(`ENCRYPTION_KEY is not set, and there is no ${path} yet: the service will make one`),
    );
    return { configuration, found: [right, ...noKey] };
  } catch (error) {
    const [title = '', ...lines] = messageFor(error).split('\n');
    const faults = error instanceof ConfigurationError ? lines.map((line) => line.trim()) : [title];
    return { found: faults.map(problem) };
  }
}
