import { type EntityManager } from 'typeorm';
import { AppSecrets } from '../../auth-sources/app-secrets.js';
import { AuthSource } from '../../auth-sources/auth-source.entity.js';
import { type Configuration } from '../../config/configuration.js';
import { EncryptionConfig } from '../../config/encryption.config.js';
import { SecretCipher } from '../../database/secret-cipher.js';
import { messageFor } from '../../logging/described-error.js';
import { KeyPairs } from '../../tokens/key-pairs.js';
import { SigningKey } from '../../tokens/signing-key.entity.js';
import { findings, type Finding } from './finding.js';

const { ok, warning, problem } = findings('encryption');

const LOST_SECRET = 'give the secret anew (npm run cli -- auth-sources update ID --app-secret-env NAME)';
const LOST_KEY = 'delete its row of signing_keys, which ends every token that it has signed';

interface StoredSecret {
  /** What to do when nobody has the key any more that it was encrypted under. */
  readonly whenLost: string;
  readonly isStale: boolean;
  readonly open: () => unknown;
}

/** Opens every stored secret. */
export async function* checkEncryption(
  configuration: Configuration,
  manager: EntityManager,
): AsyncGenerator<Finding> {
  const encryption = configuration.get(EncryptionConfig);
  const secrets = await storedSecrets(new SecretCipher(encryption), manager);
  const faults = secrets.flatMap((secret) => faultOf(secret));
  yield* faults.map(problem);
  if (faults.length > 0) return;
  const stale = secrets.filter(({ isStale }) => isStale).length;
  if (stale > 0) {
    const advice = 'run npm run cli -- encryption-key rotate, then the old key can go from every instance';
    yield warning(
      `${stale} of ${secrets.length} stored secrets are under a key of DECRYPTION_KEYS: ${advice}`,
    );
  } else {
    const others = encryption.decryptionKeys.length > 0 ? ', none under a key of DECRYPTION_KEYS' : '';
    yield ok(`${secrets.length} stored secrets, all under ENCRYPTION_KEY${others}`);
  }
}

async function storedSecrets(cipher: SecretCipher, manager: EntityManager): Promise<StoredSecret[]> {
  const appSecrets = new AppSecrets(cipher);
  const pairs = new KeyPairs(cipher);
  const sources = await manager.find(AuthSource, { order: { id: 'ASC' } });
  const keys = await manager.find(SigningKey, { order: { kid: 'ASC' } });
  return [
    ...sources
      .filter(({ appSecretSealed }) => appSecretSealed !== null)
      .map((source) => ({
        whenLost: LOST_SECRET,
        isStale: appSecrets.isStale(source),
        open: () => appSecrets.open(source),
      })),
    ...keys
      .filter(({ privateKeySealed }) => privateKeySealed !== '')
      .map((key) => ({ whenLost: LOST_KEY, isStale: pairs.isStale(key), open: () => pairs.open(key) })),
  ];
}

function faultOf({ open, whenLost }: StoredSecret): string[] {
  try {
    open();
    return [];
  } catch (error) {
    return [`${messageFor(error)}: name the old key in DECRYPTION_KEYS; if it is lost, ${whenLost}`];
  }
}
