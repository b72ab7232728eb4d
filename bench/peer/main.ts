import { generateKeyPairSync } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { JSCODE_GRANT } from '../programs/service.js';
import { forgetfulAdapter } from './forgetful-adapter.js';
import { GRANT_PARAMETERS, jscodeGrant } from './jscode-grant.js';
import { PEER_CLIENT, PeerUsers } from './users.js';

/** What our service is compared with: oidc-provider with a grant of the same name that does the same. */

const { PORT, DATABASE_URL, WECHAT_URL } = process.env as Record<string, string>;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const provider = new Provider('https://id.example.com', {
  adapter: forgetfulAdapter,
  clients: [
    {
      client_id: PEER_CLIENT,
      token_endpoint_auth_method: 'none',
      grant_types: [JSCODE_GRANT],
      response_types: [],
      redirect_uris: [],
    },
  ],
  scopes: ['openid', 'profile', 'phone'],
  jwks: {
    keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'bench' }],
  },
  features: { devInteractions: { enabled: false }, resourceIndicators: { enabled: true } },
});
provider.registerGrantType(
  JSCODE_GRANT,
  jscodeGrant(provider, WECHAT_URL!, new PeerUsers(DATABASE_URL!)),
  GRANT_PARAMETERS,
);
provider.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
