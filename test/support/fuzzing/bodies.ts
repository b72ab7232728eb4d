import fc from 'fast-check';
import { hostileNames, MARK, parameters, text } from './values.js';

export interface Body {
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}

const body = (contentType: string | undefined, content: string | Uint8Array): Body => ({
  contentType,
  bytes: Buffer.from(content as string),
});

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Other than `JSON.stringify`, it can repeat a name and has `__proto__` as a name like others. */
function jsonOf(members: [string, unknown][]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
}

function formOf(members: [string, unknown][]): string {
  const form = new URLSearchParams();
  for (const [name, value] of members)
    form.append(name, typeof value === 'string' ? value : JSON.stringify(value));
  return form.toString();
}

const members = fc.oneof(
  { weight: 4, arbitrary: parameters },
  // Everything twice.
  { weight: 1, arbitrary: parameters.map((once) => [...once, ...once]) },
);

const contentTypes = fc.oneof(
  fc.constantFrom(
    undefined,
    '',
    JSON_TYPE,
    FORM_TYPE,
    `${JSON_TYPE}; charset=utf-8`,
    `${JSON_TYPE};charset=UTF-16`,
    `${JSON_TYPE}; charset="`,
    `${FORM_TYPE};charset=iso-8859-1`,
    `${FORM_TYPE}; charset=${MARK}`,
    'application/jsonp',
    'text/plain',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    ';',
    `text/${MARK}`,
    'APPLICATION/JSON',
  ),
);

const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '[{"__proto__":'), fc.integer({ min: 1, max: 10_000 }))
  .map(([opening, depth]) => opening.repeat(depth));

const long = fc
  .tuple(fc.constantFrom('[1,', '&a=', 'grant_type=', `{"${MARK}":1},`), fc.integer({ min: 1, max: 9000 }))
  .map(([piece, times]) => piece.repeat(times));

const broken = fc.constantFrom(
  '{',
  '{"a"',
  '"',
  '\ufeff{}',
  '{}{}',
  'nul',
  '[]',
  '1',
  '"a"',
  'null',
  '%',
  'a=%',
  'a=%ff',
  '&&&',
  '=',
);

export const bodies: fc.Arbitrary<Body> = fc.oneof(
  { weight: 6, arbitrary: members.map((of) => body(JSON_TYPE, jsonOf(of))) },
  { weight: 5, arbitrary: members.map((of) => body(FORM_TYPE, formOf(of))) },
  { weight: 2, arbitrary: fc.tuple(contentTypes, members).map(([type, of]) => body(type, jsonOf(of))) },
  {
    weight: 2,
    arbitrary: fc.tuple(contentTypes, fc.uint8Array({ maxLength: 64 })).map(([type, of]) => body(type, of)),
  },
  { weight: 1, arbitrary: fc.tuple(contentTypes, broken).map(([type, of]) => body(type, of)) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }).map((of) => body(JSON_TYPE, of)) },
  { weight: 1, arbitrary: text.map((of) => body(FORM_TYPE, of)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...hostileNames).map((name) => body(FORM_TYPE, `${name}=1&${name}[a]=2`)),
  },
  { weight: 1, arbitrary: fc.tuple(contentTypes, fc.oneof(deep, long)).map(([type, of]) => body(type, of)) },
);
