import { ProvisioningDocument, ProvisioningRefused } from './provisioning-document.js';

function refusalOf(text: string): string[] {
  try {
    new ProvisioningDocument('p.yaml', text).read();
  } catch (error) {
    if (!(error instanceof ProvisioningRefused)) throw error;
    const [title, ...lines] = error.message.split('\n');
    expect(title).toBe('Wrong provisioning file:');
    return lines;
  }
  throw new Error('The document was not refused');
}

describe('a provisioning document', () => {
  it('is read field by field', () => {
    const document = new ProvisioningDocument(
      'p.yaml',
      'applications: [{ client_id: a, type: spa }]\nauth_sources: [{ id: s, attribute_mapping: [{ from: city, to: custom.town }] }]',
    );
    expect(JSON.parse(JSON.stringify(document.read()))).toEqual({
      applications: [{ client_id: 'a', type: 'spa' }],
      auth_sources: [{ id: 's', attribute_mapping: [{ from: 'city', to: 'custom.town' }] }],
    });
  });

  it.each(['', '# nothing yet\n', 'applications:\nauth_sources: []\n', '{}'])(
    'may hold nothing: %j',
    (text) => {
      const { applications, auth_sources } = new ProvisioningDocument('p.yaml', text).read();
      expect([applications ?? [], auth_sources ?? []]).toEqual([[], []]);
    },
  );

  it('may repeat itself by alias', () => {
    const text =
      'applications:\n  - { client_id: a, scopes: &all [openid] }\n  - { client_id: b, scopes: *all }\n';
    expect(new ProvisioningDocument('p.yaml', text).read().applications).toMatchObject([
      { client_id: 'a', scopes: ['openid'] },
      { client_id: 'b', scopes: ['openid'] },
    ]);
  });

  it.each([
    ['text', 'nonsense', ['  p.yaml:1: must be a mapping with applications and auth_sources']],
    ['a list', '# list\n- a\n', ['  p.yaml:1: must be a mapping with applications and auth_sources']],
    ['a number for applications', 'applications: 5', ['  p.yaml:1: applications: must be an array']],
    [
      'a mapping for applications',
      'applications:\n  client_id: a\n',
      ['  p.yaml:1: applications: must be an array'],
    ],
    [
      'an entry that is no mapping',
      'applications:\n  - a\n',
      expect.arrayContaining([expect.stringMatching(/^ {2}p\.yaml:[12]: applications: /)]),
    ],
    [
      'a text for a number',
      'applications:\n  - client_id: a\n    id_token_ttl: "300"\n',
      ['  p.yaml:3: applications.0.id_token_ttl: must be an integer number'],
    ],
    [
      'a number for a text',
      'applications:\n  - client_id: 5\n',
      ['  p.yaml:2: applications.0.client_id: must be 1 to 128 printable ASCII characters without spaces'],
    ],
    [
      'an entry without its id',
      'applications:\n  - client_id: a\n\n  - name: b\n',
      ['  p.yaml:4: applications.1.client_id: must be 1 to 128 printable ASCII characters without spaces'],
    ],
    [
      'a row without its target',
      'auth_sources:\n  - id: s\n    attribute_mapping:\n      - { from: city, to: name }\n      - from: city\n',
      [
        expect.stringMatching(
          /^ {2}p\.yaml:5: auth_sources\.0\.attribute_mapping\.1\.to: must be one of name, /,
        ),
      ],
    ],
    [
      'a wrong value of an alias',
      'applications:\n  - client_id: &id "a b"\n  - client_id: *id\n',
      expect.arrayContaining([
        '  p.yaml:2: applications.0.client_id: must be 1 to 128 printable ASCII characters without spaces',
        '  p.yaml:3: applications.1.client_id: must be 1 to 128 printable ASCII characters without spaces',
      ]),
    ],
    ['an unknown list', 'aplications:\n  - client_id: a\n', ['  p.yaml:1: aplications: unknown field']],
    [
      'an unknown field, at its key',
      'applications:\n  - client_id: a\n    grant_type:\n      - refresh_token\n',
      ['  p.yaml:3: applications.0.grant_type: unknown field'],
    ],
    [
      'the field of another entry',
      'auth_sources:\n  - id: s\n    client_secret_env: A\n',
      ['  p.yaml:3: auth_sources.0.client_secret_env: unknown field'],
    ],
    ['a field twice', 'applications: []\napplications: []\n', ['  p.yaml:2: Map keys must be unique']],
    [
      'two documents',
      'a: 1\n---\nb: 2\n',
      [expect.stringMatching(/^ {2}p\.yaml:[123]: .*multiple documents/)],
    ],
    [
      'a wrong indent',
      'applications:\n  - client_id: a\n   name: b\n',
      [expect.stringMatching(/^ {2}p\.yaml:3: /)],
    ],
    [
      'an open quote',
      'applications: "\n\n',
      [expect.stringMatching(/^ {2}p\.yaml:\d: Missing closing "quote$/)],
    ],
    ['an alias of nothing', 'applications:\n  - *all\n', ['  p.yaml:2: an alias has no anchor before it']],
    [
      'aliases that multiply',
      [
        'a: &a [x, x, x, x, x, x, x, x, x, x]',
        'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]',
        'c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]',
        'd: [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]',
      ].join('\n'),
      ['  p.yaml:1: aliases multiply what it holds'],
    ],
  ])('is refused with line and reason for %s', (_fault, text, lines) => {
    expect(refusalOf(text)).toEqual(lines);
  });

  it('names every fault at once, from top to bottom', () => {
    expect(refusalOf('applications:\n  - enabled: maybe\n    client_id: a\n    names: b\n')).toEqual([
      '  p.yaml:2: applications.0.enabled: must be a boolean value',
      '  p.yaml:4: applications.0.names: unknown field',
    ]);
  });

  it.each([
    'app_secret: *MarkedSecret',
    'app_secret: !MarkedSecret x',
    'app_secret: !',
    'app_secret: "MarkedSecret',
    'app_secret: "\\MarkedSecret"',
    'app_secret: "a" MarkedSecret',
    'app_secret: |MarkedSecret',
    'app_secret: a: MarkedSecret',
    'app_secret: @MarkedSecret',
    'app_secret: [MarkedSecret}',
    'app_secret: MarkedSecret\n    app_secret: MarkedSecret',
    'app_secret: MarkedSecret\u00e9',
    'app_secret: [MarkedSecret]',
    'app_secret: 1\n%MarkedSecret',
  ])('never quotes a secret: %j', (field) => {
    const text = `auth_sources:\n  - id: s\n    ${field}\n`;
    expect(refusalOf(text).join('\n')).not.toMatch(/Marked|Secret(?!s)/);
  });

  it('finds the line of a secret where its variable is named', () => {
    const text = 'applications:\n  - client_id: a\n    name: b\n    client_secret_env: SECRET\n';
    const document = new ProvisioningDocument('p.yaml', text);
    const refused = document.refuse([{ property: 'applications.0.client_secret', message: 'is too long' }]);
    expect(refused.message).toBe(
      'Wrong provisioning file:\n  p.yaml:4: applications.0.client_secret: is too long',
    );
  });
});
