import { openUnder, sealUnder } from './sealed-under.js';

describe('sealUnder', () => {
  const sealed = sealUnder('secret', 'text 文', 'purpose');

  it('is opened with the same secret for the same purpose', () => {
    expect(openUnder('secret', sealed, 'purpose')).toBe('text 文');
    expect(sealed).not.toContain(Buffer.from('text').toString('base64url'));
  });

  it('is different each time', () => {
    expect(sealUnder('secret', 'text 文', 'purpose')).not.toBe(sealed);
  });

  it.each([
    ['another secret', 'Secret', 'purpose', sealed],
    ['another purpose', 'secret', 'Purpose', sealed],
    ['a changed text', 'secret', 'purpose', `${sealed.slice(0, -2)}AA`],
    ['a cut text', 'secret', 'purpose', sealed.slice(0, 10)],
  ])('is not opened with %s', (_, secret, purpose, text) => {
    expect(() => openUnder(secret, text, purpose)).toThrow();
  });
});
