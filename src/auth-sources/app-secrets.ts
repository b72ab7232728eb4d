import { Injectable } from '@nestjs/common';
import { SealedSecretUnreadable, SecretCipher } from '../database/secret-cipher.js';
import { type AuthSource } from './auth-source.entity.js';

export type SecretHolder = Pick<AuthSource, 'id' | 'appSecretSealed'>;

/** The app secrets of auth sources, which are stored sealed. */
@Injectable()
export class AppSecrets {
  /** What every login needs, for as long as somebody holds the auth source. */
  private readonly opened = new WeakMap<SecretHolder, { readonly sealed: string; readonly secret: string }>();

  constructor(private readonly cipher: SecretCipher) {}

  /**
   * An app secret in clear, for a request to WeChat and nothing else; empty when none was given yet.
   *
   * @throws SealedSecretUnreadable
   */
  open(holder: SecretHolder): string {
    const { id, appSecretSealed: sealed } = holder;
    if (sealed === null) return '';
    const opened = this.opened.get(holder);
    if (opened?.sealed === sealed) return opened.secret;
    const secret = this.cipher.open(sealed, purpose(id));
    this.opened.set(holder, { sealed, secret });
    return secret;
  }

  /** @param id of the auth source; the secret opens for no other */
  seal(id: string, secret: string): string {
    return this.cipher.seal(secret, purpose(id));
  }

  /** Whether it is the auth source's secret already. */
  isSecretOf(source: SecretHolder, secret: string): boolean {
    try {
      return source.appSecretSealed !== null && this.open(source) === secret;
    } catch (error) {
      // Giving the secret anew is how one that cannot be opened any more is replaced.
      if (error instanceof SealedSecretUnreadable) return false;
      throw error;
    }
  }

  /** Whether it is there and encrypted under another key than the current one. */
  isStale({ appSecretSealed }: SecretHolder): boolean {
    return appSecretSealed !== null && !this.cipher.isCurrent(appSecretSealed);
  }
}

function purpose(id: string): string {
  return `app secret of auth source ${id}`;
}
