/** The WeChat endpoints that the simulator answers. */
export const endpointPaths = {
  jscode2session: '/sns/jscode2session',
  token: '/cgi-bin/token',
  stable_token: '/cgi-bin/stable_token',
  getuserphonenumber: '/wxa/business/getuserphonenumber',
  checksession: '/wxa/checksession',
  resetusersessionkey: '/wxa/resetusersessionkey',
} as const;
