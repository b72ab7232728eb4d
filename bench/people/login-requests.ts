import { AUTH_SOURCE, CLIENTS, JSCODE_GRANT, RESOURCE_SERVER, type Client } from '../programs/service.js';
import { get, postForm, postJson } from '../http/requests.js';
import { PEER_CLIENT } from '../peer/users.js';
import { encryptedProfile, jsCode, phoneCode } from './people.js';

/** Whom a login is of, and how often anybody has signed in before: no code is made twice. */
let times = 0;

export function login(client: Client, person: number, extra: object = {}): Buffer {
  return postJson('/oauth2/token', {
    grant_type: JSCODE_GRANT,
    client_id: CLIENTS[client],
    auth_source_id: AUTH_SOURCE,
    js_code: jsCode(person, times++),
    ...extra,
  });
}

/** The same person shows the same profile and number every time: only the first time changes the user. */
export function loginWithProfileAndPhone(client: Client, person: number): Buffer {
  const profile = { getUserInfo: true, ...encryptedProfile(person) };
  return login(client, person, { ...profile, getPhoneNumber: true, phone_code: phoneCode(person) });
}

/** The same to the peer, which reads forms. */
export function peerLogin(person: number): Buffer {
  return postForm('/token', {
    grant_type: JSCODE_GRANT,
    client_id: PEER_CLIENT,
    js_code: jsCode(person, times++),
  });
}

export function refresh(client: Client, refresh_token: string): Buffer {
  return postJson('/oauth2/token', {
    grant_type: 'refresh_token',
    client_id: CLIENTS[client],
    refresh_token,
  });
}

export function introspection(token: string): Buffer {
  const { id, secret } = RESOURCE_SERVER;
  const credentials = Buffer.from(`${id}:${secret}`).toString('base64');
  return postForm('/oauth2/introspect', { token }, `Authorization: Basic ${credentials}\r\n`);
}

export function userinfo(token: string): Buffer {
  return get('/userinfo', `Authorization: Bearer ${token}\r\n`);
}

export function jwks(): Buffer {
  return get('/oauth2/jwks');
}
