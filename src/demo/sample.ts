/** What `provision.example.yaml` sets up, as a client of it sees it. */
export const sample = {
  clientId: 'WECHAT_MINI_PROGRAM_CLIENT_ID',
  authSourceId: 'WECHAT_MINI_PROGRAM_AUTH_SOURCE_ID',
  grantType: 'http://tencentciam.com/oauth2/grant-type/social/wechat/jscode',
  scopes: ['openid', 'profile', 'phone'],
  signingAlg: 'RS256',
  accessTokenTtl: 300,
  idTokenTtl: 1800,
} as const;

/** The mini program that the simulator starts with. */
export const miniProgram = { appid: 'wx4f4bc4dec97d474b', secret: 'demo-wechat-app-secret' } as const;

/** Opens the admin API of a demo, which listens on this machine alone; production refuses it. */
export const ADMIN_TOKEN = 'demo-admin-token-that-everybody-knows';

/** A WeChat user, as the simulator's control API is told of it. */
export const wechatUser = {
  id: 'demo-user',
  profile: {
    nickName: 'Band',
    gender: 1,
    language: 'zh_CN',
    avatarUrl: 'https://thirdwx.qlogo.cn/mmopen/demo/132',
  },
  phone: { countryCode: '86', purePhoneNumber: '13800138000' },
} as const;

/** What the ID token says of that user. */
export const userClaims = { nickname: 'Band', phone_number: '+8613800138000' } as const;
