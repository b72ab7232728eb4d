import { describeChange } from './provisioning-change.js';

describe('a provisioning change', () => {
  it('is a line for people', () => {
    const change = { id: 'sample', fields: ['scopes', 'app_secret'] };
    expect(describeChange({ ...change, resource: 'application', action: 'created' })).toBe(
      'application sample created',
    );
    expect(describeChange({ ...change, resource: 'auth_source', action: 'updated' })).toBe(
      'auth source sample updated: scopes, app_secret',
    );
  });
});
