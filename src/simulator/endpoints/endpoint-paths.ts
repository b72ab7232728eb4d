/** The WeChat endpoints that the simulator answers. */
export const endpointPaths = {
  jscode2session: '/sns/jscode2session',
  oauth2_access_token: '/sns/oauth2/access_token',
  oauth2_refresh_token: '/sns/oauth2/refresh_token',
  auth: '/sns/auth',
  userinfo: '/sns/userinfo',
  token: '/cgi-bin/token',
  stable_token: '/cgi-bin/stable_token',
  getuserphonenumber: '/wxa/business/getuserphonenumber',
  checksession: '/wxa/checksession',
  resetusersessionkey: '/wxa/resetusersessionkey',
} as const;
