import { expectMatch, expectSame } from './demo-failed.js';
import { sample, userClaims } from './sample.js';
import { type VerifiedToken } from './token-verification.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** @throws DemoFailed when the token is not what the sample application is provisioned with */
export function expectAccessToken(token: VerifiedToken, issuer: string): void {
  expectToken('access token', token, {
    aud: sample.clientId,
    nbf: token.payload.iat,
    scope: sample.scopes,
    iss: issuer,
    exp: Number(token.payload.iat) + sample.accessTokenTtl,
  });
}

/** @throws DemoFailed when the token is not what the sample application is provisioned with, or is another user's */
export function expectIdToken(token: VerifiedToken, issuer: string, accessToken: VerifiedToken): void {
  expectToken('ID token', token, {
    ...userClaims,
    aud: sample.clientId,
    azp: sample.clientId,
    iss: issuer,
    exp: Number(token.payload.iat) + sample.idTokenTtl,
  });
  expectSame('sub of the ID token', token.payload.sub, accessToken.payload.sub);
}

function expectToken(name: string, { header, payload }: VerifiedToken, claims: object): void {
  const { sub, iat, jti } = payload;
  expectSame(`header of the ${name}`, header, { kid: header.kid, typ: 'JWT', alg: sample.signingAlg });
  expectSame(`claims of the ${name}`, payload, { ...claims, sub, iat, jti });
  expectMatch(`sub of the ${name}`, sub, UUID);
  expectMatch(`jti of the ${name}`, jti, UUID);
}
