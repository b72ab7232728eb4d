/** What makes any call to WeChat come to nothing, and how that is said: faults of the simulator, without their path. */
export const UNUSABLE_ANSWERS = [
  ['is reset', { kind: 'reset' }],
  ['is answered with a redirect', { kind: 'raw', status: 302, headers: { Location: 'http://127.0.0.1:1/' } }],
  ['is answered with 404', { kind: 'raw', status: 404, body: '{}' }],
  ['is answered with 502', { kind: 'raw', status: 502, body: '<html></html>' }],
  ['is answered with nothing', { kind: 'empty_body' }],
  ['is answered with HTML', { kind: 'html_body' }],
  ['is answered with an array', { kind: 'raw', status: 200, body: '[]' }],
  ['is answered with more than 256 KiB', { kind: 'oversize_body' }],
] as const;
