import { includesOrigin, isCorsOrigin } from './cors-origin.js';

describe('an origin that may be listed', () => {
  it.each([
    'https://app.example.com',
    'http://localhost:3000',
    'http://127.0.0.1:8080',
    'https://xn--fiqs8s.example',
    'https://*.example.com',
    'https://*.shop.example.com:8443',
    'http://app.example:443',
    `https://${'a'.repeat(63)}.example`,
  ])('%s', (origin) => {
    expect(isCorsOrigin(origin)).toBe(true);
    // What a browser would send.
    const concrete = origin.replace('*', 'any');
    expect(new URL(concrete).origin).toBe(concrete);
  });

  it.each([
    ['every origin', '*'],
    ['what a sandbox sends', 'null'],
    ['nothing', ''],
    ['a path', 'https://app.example.com/'],
    ['a longer path', 'https://app.example.com/app'],
    ['upper case', 'https://App.example.com'],
    ['an upper-case scheme', 'HTTPS://app.example.com'],
    ['another scheme', 'ftp://app.example.com'],
    ['no scheme', 'app.example.com'],
    ['credentials', 'https://user@app.example.com'],
    ['a query', 'https://app.example.com?'],
    ['the port of https', 'https://app.example.com:443'],
    ['the port of http', 'http://app.example.com:80'],
    ['a port that is none', 'https://app.example.com:65536'],
    ['a port with a zero before', 'https://app.example.com:08443'],
    ['a whole top-level domain', 'https://*.com'],
    ['a wildcard further on', 'https://app.*.com'],
    ['a part of a label as wildcard', 'https://app-*.example.com'],
    ['two wildcards', 'https://*.*.example.com'],
    ['a wildcard of addresses', 'https://*.0.0.1'],
    ['a line break', 'https://app.example.com\n'],
    ['an address that is none', 'http://1.2.3.4.5'],
    ['a dot at its end', 'https://app.example.com.'],
    ['letters beyond ASCII', 'https://中国.example'],
    ['too long a text', `https://${'a.'.repeat(130)}example`],
    ['no text', 5],
  ])('is not %s', (_, origin) => {
    expect(isCorsOrigin(origin)).toBe(false);
  });
});

describe('includesOrigin', () => {
  const listed = new Set(['https://app.example.com', 'https://*.shop.example', 'http://localhost:3000']);

  it.each([
    ['https://app.example.com', true],
    ['https://one.shop.example', true],
    ['http://localhost:3000', true],
    ['https://shop.example', false],
    ['https://a.b.shop.example', false],
    ['https://*.shop.example', false],
    ['http://one.shop.example', false],
    ['https://one.shop.example:8443', false],
    ['https://one.shop.example.evil.example', false],
    ['https://evil.example/.shop.example', false],
    ['https://app.example.com.evil.example', false],
    ['https://xapp.example.com', false],
    ['https://APP.example.com', false],
    ['http://localhost', false],
    ['null', false],
    ['', false],
  ])('%s: %s', (origin, expected) => {
    expect(includesOrigin(listed, origin)).toBe(expected);
  });
});
