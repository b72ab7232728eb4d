import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { decryptEncryptedData, isBase64 } from './encrypted-data.js';
import { type WechatSession } from './wechat.client.js';
import { WechatDataMismatch, WechatDataUndecryptable } from './wechat.errors.js';

interface Vector {
  appId: string;
  sessionKey: string;
  encryptedData: string;
  iv: string;
  decrypted: { openId: string; unionId: string; avatarUrl: string };
}

const vectorFile = new URL('../../test/fixtures/wxbizdatacrypt-vector.json', import.meta.url);
const vector = JSON.parse(readFileSync(vectorFile, 'utf8')) as Vector;
const { appId, sessionKey, encryptedData, iv } = vector;
const session: WechatSession = {
  openid: vector.decrypted.openId,
  unionid: vector.decrypted.unionId,
  sessionKey,
};
const watermark = { appid: appId, timestamp: 1477314187 };

/** What WeChat would have encrypted for this session. */
function encrypted(plain: string | Uint8Array, { padding = true } = {}): string {
  const cipher = createCipheriv('aes-128-cbc', Buffer.from(sessionKey, 'base64'), Buffer.from(iv, 'base64'));
  cipher.setAutoPadding(padding);
  return Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
}

function decrypt(plain: unknown, of: WechatSession = session) {
  return decryptEncryptedData(of, appId, encrypted(JSON.stringify(plain)), iv);
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('encrypted data', () => {
  it("decrypts the sample of WeChat's own demo", () => {
    expect(decryptEncryptedData(session, appId, encryptedData, iv)).toEqual({
      nickName: 'Band',
      gender: 1,
      language: 'zh_CN',
      city: 'Guangzhou',
      province: 'Guangdong',
      country: 'CN',
      avatarUrl: vector.decrypted.avatarUrl,
      isDemote: false,
    });
  });

  it('of getUserProfile has no identifiers, and needs none', () => {
    expect(decrypt({ nickName: 'Band', watermark })).toEqual({ nickName: 'Band', isDemote: false });
    expect(decrypt({ openId: '', unionId: null, watermark })).toEqual({ isDemote: false });
  });

  it('says whether WeChat calls it a placeholder', () => {
    const placeholder = { nickName: '微信用户', gender: 0, city: '' };
    expect(decrypt({ ...placeholder, is_demote: true, watermark })).toEqual({
      ...placeholder,
      isDemote: true,
    });
    expect(decrypt({ ...placeholder, watermark })).toEqual({ ...placeholder, isDemote: false });
  });

  it('counts members of a wrong type as absent', () => {
    const members = {
      nickName: 1,
      avatarUrl: {},
      gender: '1',
      city: null,
      province: [],
      country: true,
      language: 2,
    };

    expect(decrypt({ ...members, is_demote: 'true', watermark })).toEqual({ isDemote: false });
  });

  it('may have raw control characters in a nickname', () => {
    const plain = `{"nickName":"a\u0001b","watermark":${JSON.stringify(watermark)}}`;

    expect(decryptEncryptedData(session, appId, encrypted(plain), iv)).toEqual({
      nickName: 'a b',
      isDemote: false,
    });
  });
});

describe('undecryptable data', () => {
  const otherKey = Buffer.alloc(16, 7).toString('base64');

  it.each([
    ['another session key', { sessionKey: otherKey }],
    ['a session key of another length', { sessionKey: Buffer.alloc(32).toString('base64') }],
    ['a character outside base64', { encryptedData: `${encryptedData.slice(0, -4)}I-w=` }],
    ['a plus that became a space', { encryptedData: encryptedData.replace('+', ' ') }],
    ['a character too few', { encryptedData: encryptedData.slice(0, -1) }],
    [
      'a block too few',
      { encryptedData: Buffer.from(encryptedData, 'base64').subarray(0, -16).toString('base64') },
    ],
    [
      'no whole blocks',
      { encryptedData: Buffer.from(encryptedData, 'base64').subarray(0, -3).toString('base64') },
    ],
    ['nothing in it', { encryptedData: '' }],
    ['an iv of 15 bytes', { iv: Buffer.alloc(15).toString('base64') }],
    ['an iv of 17 bytes', { iv: Buffer.alloc(17).toString('base64') }],
    ['an iv that is no base64', { iv: 'r7BXXKkLb8qrSNn05n0q*A==' }],
    ['wrong padding', { encryptedData: encrypted('{"a":"0123456"} '.repeat(2), { padding: false }) }],
    ['broken UTF-8', { encryptedData: encrypted(Buffer.from('{"nickName":"\xff"}', 'latin1')) }],
    ['no JSON', { encryptedData: encrypted('nickName=SECRET-PROFILE') }],
    ['JSON that is an array', { encryptedData: encrypted('[]') }],
    ['JSON that is null', { encryptedData: encrypted('null') }],
    ['JSON that is a string', { encryptedData: encrypted('"SECRET-PROFILE"') }],
  ])('is data with %s', (_, given) => {
    const all = { sessionKey, encryptedData, iv, ...given };

    const error = thrownBy(() =>
      decryptEncryptedData({ ...session, sessionKey: all.sessionKey }, appId, all.encryptedData, all.iv),
    );

    expect(error).toBeInstanceOf(WechatDataUndecryptable);
    expect((error as Error).message).toBe('The encrypted data cannot be decrypted with this session');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/SECRET|cause|tiih|CiyLU1/);
  });

  it('is the same error for every wrong key, whether or not the padding happens to fit', () => {
    const names = Array.from({ length: 600 }, (_, index) => {
      const wrongKey = Buffer.alloc(16);
      wrongKey.writeUInt32BE(index);
      const wrong = { ...session, sessionKey: wrongKey.toString('base64') };
      return thrownBy(() => decryptEncryptedData(wrong, appId, encryptedData, iv));
    }).map((error) => (error as Error).name);

    expect(new Set(names)).toEqual(new Set(['WechatDataUndecryptable']));
  });
});

describe('data of somebody else', () => {
  it.each([
    ['the watermark of another mini program', 'watermark', { watermark: { ...watermark, appid: 'wx0' } }],
    ['no watermark', 'watermark', {}],
    ['a watermark without app id', 'watermark', { watermark: { timestamp: 1 } }],
    ['a watermark that is null', 'watermark', { watermark: null }],
    ['another openId', 'openId', { openId: 'oOther', watermark }],
    ['an openId in other letters', 'openId', { openId: session.openid.toUpperCase(), watermark }],
    ['an openId of a wrong type', 'openId', { openId: 1, watermark }],
    ['another unionId', 'unionId', { openId: session.openid, unionId: 'uOther', watermark }],
  ])('has %s', (_, member, plain) => {
    const error = thrownBy(() => decrypt(plain));

    expect(error).toBeInstanceOf(WechatDataMismatch);
    expect(error).toMatchObject({ member });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/Other|oGZUI|wx0/);
  });

  it('has a unionId where the session has none', () => {
    const { openid } = session;

    const error = thrownBy(() => decrypt({ unionId: session.unionid, watermark }, { openid, sessionKey }));

    expect(error).toMatchObject({ name: 'WechatDataMismatch', member: 'unionId' });
  });

  it('is what one flipped bit of the iv makes of the user', () => {
    const flipped = Buffer.from(iv, 'base64');
    // The thirteenth byte of the first block: oGZUI… becomes oFZUI….
    flipped[12]! ^= 1;

    const error = thrownBy(() =>
      decryptEncryptedData(session, appId, encryptedData, flipped.toString('base64')),
    );

    expect(error).toMatchObject({ name: 'WechatDataMismatch', member: 'openId' });
  });

  it('is undecryptable when the flipped bit falls on the syntax', () => {
    const flipped = Buffer.from(iv, 'base64');
    flipped[0]! ^= 1;

    const error = thrownBy(() =>
      decryptEncryptedData(session, appId, encryptedData, flipped.toString('base64')),
    );

    expect(error).toBeInstanceOf(WechatDataUndecryptable);
  });
});

describe('base64', () => {
  it.each(['QQ==', 'QUI=', 'QUJD', 'a+/b', 'AAAAAAAA'])('is %p', (value) => {
    expect(isBase64(value)).toBe(true);
  });

  it.each([
    '',
    'QQ=',
    'QQ',
    'Q===',
    '====',
    'a-_b',
    'a b=',
    'QUJD\n',
    'QQ==QQ==',
    1,
    null,
    undefined,
    ['QUJD'],
  ])('is not %p', (value) => {
    expect(isBase64(value)).toBe(false);
  });
});
