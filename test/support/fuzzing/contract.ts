import { type FuzzedRequest } from './requests.js';
import { MARK } from './values.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const PARAMETER =
  '(grant_type|client_id|client_secret|auth_source_id|js_code|code|getUserInfo|encryptedData|iv|getPhoneNumber|phone_code|scope|refresh_token|token|token_type_hint|Idempotency-Key)';

/** Every error of the OAuth endpoints that a client can cause while WeChat answers: status, code, description. */
const OAUTH_ERRORS: readonly (readonly [status: number, error: string, description: RegExp])[] = [
  [400, 'invalid_request', new RegExp(`^(Missing required|Invalid|Repeated) parameter: ${PARAMETER}$`)],
  [
    400,
    'invalid_request',
    /^(Multiple client authentication methods|Malformed request body|Unsupported content type)$/,
  ],
  [413, 'invalid_request', /^Request body too large$/],
  [422, 'invalid_request', /^Idempotency-Key was used with another request$/],
  [405, 'invalid_request', /^Method not allowed$/],
  [404, 'invalid_request', /^Not found$/],
  [401, 'invalid_client', /^Client authentication failed$/],
  [400, 'unsupported_grant_type', /^OAuth 2\.0 Parameter: grant_type$/],
  [400, 'unauthorized_client', /^Grant type not allowed for this application$/],
  [400, 'invalid_scope', /^Scope not allowed for this application$/],
  [400, 'invalid_auth_source', /^(Auth source not found or disabled|Wrong auth source type)$/],
  [400, 'invalid_grant', /^WeChat error: (40029|40163|40226|42003)$/],
  [400, 'invalid_grant', /^(Undecryptable|Mismatched) parameter: encryptedData$/],
  [400, 'invalid_grant', /^(WeChat snapshot user|WeChat scope does not allow getUserInfo)$/],
  [400, 'invalid_grant', /^Invalid refresh token$/],
];

const UNKNOWN_PATH = { statusCode: 404, message: 'Not found' };

/** What is wrong with an answer, in words. */
export function faultsOf({ method, path }: FuzzedRequest, answer: Answer): string[] {
  const faults = commonFaults(answer);
  const [pathname] = path.split(/[?#]/) as [string];
  const { status, body } = answer;
  if (method === 'HEAD') return body === '' ? faults : [...faults, 'a HEAD has a body'];
  if (status < 400) return faults;
  // More headers than anybody has.
  if (status === 431 && body === '') return faults;
  if (/^\/oauth2(\/|$)/i.test(pathname)) return [...faults, ...oauthFaults(answer)];
  if (/^\/admin(\/|$)/.test(pathname)) return [...faults, ...problemFaults(answer)];
  if (pathname === '/userinfo') return [...faults, ...bearerFaults(answer)];
  if (status === 404 && same(parsed(body), UNKNOWN_PATH)) return faults;
  // Of a file that the documentation page has.
  if (pathname.startsWith('/docs/') && [412, 416].includes(status)) return faults;
  return [...faults, `undocumented error ${status}: ${body.slice(0, 200)}`];
}

/** What no answer may be, whatever was asked. */
export function commonFaults({ status, headers, body }: Answer): string[] {
  const faults: string[] = [];
  if (status >= 500) faults.push(`status ${status}: ${body.slice(0, 200)}`);
  if (headers['x-content-type-options'] !== 'nosniff') faults.push('no nosniff');
  if (headers['x-powered-by'] !== undefined) faults.push('X-Powered-By');
  const { 'x-request-id': requestId, ...others } = headers;
  if (requestId !== undefined && !/^[\w.:+/=@-]{1,128}$/.test(String(requestId))) faults.push('request id');
  if ((JSON.stringify(others) + body).toLowerCase().includes(MARK.toLowerCase()))
    faults.push('input is echoed');
  return faults;
}

/** Its status and, where it has one, its error code. */
export function kindOf({ status, body }: Answer): string {
  const { error } = parsed(body);
  return typeof error === 'string' ? `${status} ${error}` : String(status);
}

function oauthFaults({ status, headers, body }: Answer): string[] {
  const faults: string[] = [];
  const { error, error_description: description, error_uri: uri, ...rest } = parsed(body);
  const documented = OAUTH_ERRORS.some(
    ([code, name, texts]) => code === status && name === error && texts.test(String(description)),
  );
  if (!documented) faults.push(`undocumented error ${status}: ${body.slice(0, 200)}`);
  if (Object.keys(rest).length > 0) faults.push('more members than documented');
  if ((uri !== undefined) !== (error === 'unsupported_grant_type')) faults.push('error_uri');
  if (headers['content-type'] !== 'application/json;charset=UTF-8') faults.push('content type');
  if (headers['cache-control'] !== 'no-store' || headers.pragma !== 'no-cache') faults.push('cacheable');
  if (status === 405 && headers.allow !== 'POST') faults.push('no Allow');
  return faults;
}

function problemFaults({ status, headers, body }: Answer): string[] {
  const { type, title, detail, ...rest } = parsed(body);
  const isProblem = type === 'about:blank' && typeof title === 'string' && typeof detail === 'string';
  const faults = isProblem && same(rest, { status }) ? [] : [`no problem details: ${body.slice(0, 200)}`];
  if (![401, 404].includes(status)) faults.push(`status ${status} without the token`);
  if (headers['content-type'] !== 'application/problem+json') faults.push('content type');
  if (status === 401 && !String(headers['www-authenticate']).startsWith('Bearer'))
    faults.push('no challenge');
  return faults;
}

function bearerFaults({ status, headers, body }: Answer): string[] {
  if (status === 405) {
    const documented = { error: 'invalid_request', error_description: 'Method not allowed' };
    return same(parsed(body), documented) && headers.allow === 'GET, POST' ? [] : ['undocumented 405'];
  }
  if (![400, 401, 403].includes(status) || body !== '')
    return [`undocumented error ${status}: ${body.slice(0, 200)}`];
  return String(headers['www-authenticate']).startsWith('Bearer error="') ? [] : ['no challenge'];
}

function parsed(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function same(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
