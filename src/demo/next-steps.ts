import { ADMIN_TOKEN, miniProgram, sample, wechatUser } from './sample.js';

/** Something to try against the running demo. */
export interface NextStep {
  readonly title: string;
  /** For a POSIX shell; a step may need what an earlier one has set. */
  readonly command: string;
}

/** What to try next with curl, in one shell from top to bottom. */
export function nextSteps(serviceUrl: string, simulatorUrl: string): NextStep[] {
  return [
    {
      title: 'A fresh js_code, as wx.login() gives one',
      command: `js_code=$(curl -s ${simulatorUrl}/simulator/codes \\
  -d '{"appid":"${miniProgram.appid}","user":"${wechatUser.id}"}' \\
  | sed 's/.*"js_code":"\\([^"]*\\)".*/\\1/'); echo "$js_code"`,
    },
    {
      title: 'Log in',
      command: `login=$(curl -s ${serviceUrl}/oauth2/token \\
  -d grant_type=${sample.grantType} \\
  -d client_id=${sample.clientId} \\
  -d auth_source_id=${sample.authSourceId} \\
  -d "js_code=$js_code"); echo "$login"`,
    },
    {
      title: 'Refresh',
      command: `refresh_token=$(echo "$login" | sed 's/.*"refresh_token":"\\([^"]*\\)".*/\\1/')
curl -s -w '\\n' ${serviceUrl}/oauth2/token \\
  -d grant_type=refresh_token \\
  -d client_id=${sample.clientId} \\
  -d "refresh_token=$refresh_token"`,
    },
    {
      title: 'The keys that tokens are verified with',
      command: `curl -s -w '\\n' ${serviceUrl}/oauth2/jwks`,
    },
    {
      title: `What the audit has of it; ${serviceUrl}/docs shows the rest of the admin API`,
      command: `curl -s -w '\\n' -H 'Authorization: Bearer ${ADMIN_TOKEN}' \\
  '${serviceUrl}/admin/v1/audit-events?limit=3'`,
    },
    { title: 'Discovery', command: `curl -s -w '\\n' ${serviceUrl}/.well-known/openid-configuration` },
    { title: 'Health', command: `curl -s -w '\\n' ${serviceUrl}/health/ready` },
  ];
}
