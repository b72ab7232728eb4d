import { AuditQuery } from '../src/admin/audit-query.js';
import { PageQuery } from '../src/admin/page-query.js';
import { UserQuery } from '../src/admin/user-query.js';
import { MappingPreviewRequest, PreviewedProfile } from '../src/admin/mapping-preview.js';
import { UserChange } from '../src/admin/user-change.js';
import { ApplicationSettings } from '../src/applications/application-settings.js';
import { AttributeMappingRowSettings, AuthSourceSettings } from '../src/auth-sources/auth-source-settings.js';
import { USER_ATTRIBUTES, isUserAttribute } from '../src/database/user-attributes.js';
import { ClientCredentialsParameters } from '../src/oauth/grants/client-credentials/client-credentials.parameters.js';
import { RefreshTokenParameters } from '../src/oauth/grants/refresh-token/refresh-token.parameters.js';
import { WechatCodeParameters } from '../src/oauth/grants/wechat-code/wechat-code.parameters.js';
import { WechatJscodeParameters } from '../src/oauth/grants/wechat-jscode/wechat-jscode.parameters.js';
import { PresentedTokenParameters } from '../src/oauth/presented-token.parameters.js';
import { userAttribute } from '../src/openapi/admin/user-attribute.js';
import { openApiDocument } from '../src/openapi/openapi-document.js';
import { type Schema } from '../src/openapi/openapi-object.js';
import { acceptedBy, asAccepted } from './support/openapi-constraints.js';

const { paths, components } = openApiDocument('https://login.invalid');
const { schemas } = components;

/** What every request of the OAuth endpoints has, and no class of parameters. */
const SHARED = ['grant_type', 'client_id', 'client_secret'];

const without = (names: readonly string[], schema: Schema): Record<string, Schema> =>
  Object.fromEntries(Object.entries(asAccepted(schema)).filter(([name]) => !names.includes(name)));

describe('the schemas of the document say what the classes accept', () => {
  it.each([
    ['ApplicationSettings', ApplicationSettings],
    ['ApplicationChange', ApplicationSettings],
    ['AuthSourceSettings', AuthSourceSettings],
    ['AuthSourceChange', AuthSourceSettings],
    ['AttributeMappingRowSettings', AttributeMappingRowSettings],
    ['UserChange', UserChange],
    ['AttributeMappingTrial', MappingPreviewRequest],
  ])('%s', (name, type) => {
    const accepted = acceptedBy(type).properties;
    // The documentation says more of it than its decorator.
    if (name === 'UserChange') accepted.custom = { type: 'object' };
    if (name === 'UserChange') accepted.phone_number = { ...accepted.phone_number, type: 'string' };
    expect(asAccepted(schemas[name]!)).toEqual(accepted);
  });

  it('the profile of AttributeMappingTrial', () => {
    const { profile } = schemas.AttributeMappingTrial!.properties as Record<string, Schema>;
    expect(asAccepted(profile!)).toEqual(acceptedBy(PreviewedProfile).properties);
  });

  it.each([
    ['WechatJscodeRequest', WechatJscodeParameters],
    ['WechatCodeRequest', WechatCodeParameters],
    ['RefreshTokenRequest', RefreshTokenParameters],
    ['ClientCredentialsRequest', ClientCredentialsParameters],
  ])('%s', (name, type) => {
    const { properties, required } = acceptedBy(type);
    expect(without(SHARED, schemas[name]!)).toEqual(properties);
    const documented = schemas[name]!.required as string[];
    expect(documented.filter((property) => !SHARED.includes(property))).toEqual(required);
  });

  it('PresentedToken, which may have a hint that is ignored', () => {
    const accepted = acceptedBy(PresentedTokenParameters).properties;
    expect(without([...SHARED, 'token_type_hint'], schemas.PresentedToken!)).toEqual(accepted);
  });

  it.each([
    ['applications', PageQuery],
    ['auth-sources', PageQuery],
    ['users', UserQuery],
    ['users/{id}/sessions', PageQuery],
    ['audit-events', AuditQuery],
    ['signing-keys', PageQuery],
  ])('the query of %s', (path, type) => {
    const parameters = paths[`/admin/v1/${path}`]!.get!.parameters!.filter((each) => each.in === 'query');
    const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
    expect(asAccepted({ properties })).toEqual(acceptedBy(type).properties);
  });

  it('names of user attributes', () => {
    const pattern = new RegExp(userAttribute().pattern as string, 'u');
    const names = [...USER_ATTRIBUTES, 'custom.a', 'custom.A_9', `custom.${'a'.repeat(64)}`];
    const wrong = ['', 'email', 'custom', 'custom.', 'custom.9', 'custom.a-b', `custom.${'a'.repeat(65)}`];
    for (const name of [...names, ...wrong])
      expect([name, pattern.test(name)]).toEqual([name, isUserAttribute(name)]);
  });
});
