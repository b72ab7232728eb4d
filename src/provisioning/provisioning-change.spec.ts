import { describeChange, fieldName } from './provisioning-change.js';

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

  it('names fields as the file does', () => {
    const properties = ['clientId', 'refreshTokenMaxTtl', 'clientSecretHash', 'appSecretSealed', 'scopes'];
    expect(properties.map(fieldName)).toEqual([
      'client_id',
      'refresh_token_max_ttl',
      'client_secret',
      'app_secret',
      'scopes',
    ]);
  });
});
