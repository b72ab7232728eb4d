import { SealedSecretUnreadable, SecretCipher } from './secret-cipher.js';

const KEY = Buffer.alloc(32, 7);
const cipher = new SecretCipher({ key: KEY, decryptionKeys: [] });
const SECRET = 'app secret, \u5fae\u4fe1';

/** The message with which the cipher refuses; it never has the secret in it. */
function refusal(sealed: string, purpose = 'purpose', by = cipher): string {
  try {
    by.open(sealed, purpose);
  } catch (error) {
    expect(error).toBeInstanceOf(SealedSecretUnreadable);
    expect((error as Error).message).not.toContain(SECRET);
    return (error as Error).message;
  }
  throw new Error('It was opened');
}

describe('a sealed secret', () => {
  const sealed = cipher.seal(SECRET, 'purpose');
  const parts = sealed.split('.');

  /** The same secret with one part put through a change. */
  const changed = (index: number, change: (bytes: Buffer) => Buffer) =>
    parts
      .map((part, at) => (at === index ? change(Buffer.from(part, 'base64url')).toString('base64url') : part))
      .join('.');
  const flipped = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)));

  it('opens for its purpose', () => {
    expect(cipher.open(sealed, 'purpose')).toBe(SECRET);
    expect(cipher.open(cipher.seal('', 'purpose'), 'purpose')).toBe('');
  });

  it('names version and key, and has a random iv, a tag and a ciphertext', () => {
    expect(sealed).toMatch(/^v1\.[\w-]{8}\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/);
    const again = cipher.seal(SECRET, 'purpose').split('.');
    expect(again.slice(0, 2)).toEqual(parts.slice(0, 2));
    for (const index of [2, 3, 4]) expect(again[index]).not.toBe(parts[index]);
  });

  it('says nothing of the key or the secret', () => {
    expect(sealed).not.toContain(KEY.toString('base64url'));
    expect(Buffer.from(parts[4]!, 'base64url').toString()).not.toContain('app secret');
  });

  it('does not open for another purpose', () => {
    expect(refusal(sealed, 'other purpose')).toBe('other purpose was changed after it was encrypted');
  });

  it('does not open under another key, and names both by their ids', () => {
    const other = new SecretCipher({ key: Buffer.alloc(32, 8), decryptionKeys: [] });
    const otherId = other.seal('', '').split('.')[1];
    expect(refusal(sealed, 'purpose', other)).toBe(
      `purpose is encrypted under key ${parts[1]}, but ENCRYPTION_KEY is key ${otherId}`,
    );
  });

  it('opens under a key that only decrypts, under which nothing is sealed', () => {
    const successor = new SecretCipher({ key: Buffer.alloc(32, 8), decryptionKeys: [KEY] });
    expect(successor.open(sealed, 'purpose')).toBe(SECRET);
    expect(successor.isCurrent(sealed)).toBe(false);
    const resealed = successor.seal(SECRET, 'purpose');
    expect(successor.isCurrent(resealed)).toBe(true);
    expect(() => cipher.open(resealed, 'purpose')).toThrow(SealedSecretUnreadable);
  });

  it.each([
    ['iv', 2],
    ['tag', 3],
    ['ciphertext', 4],
  ])('does not open with another %s', (_part, index) => {
    expect(refusal(changed(index, flipped))).toBe('purpose was changed after it was encrypted');
  });

  it('does not open with a tag cut short', () => {
    expect(refusal(changed(3, (tag) => tag.subarray(0, 4)))).toBe(
      'purpose was changed after it was encrypted',
    );
  });

  it.each([[''], ['app secret'], ['v2' + sealed.slice(2)], [parts.slice(0, 4).join('.')]])(
    'is what %j is not',
    (text) => {
      expect(refusal(text)).toBe('Not a sealed secret: purpose');
    },
  );
});
