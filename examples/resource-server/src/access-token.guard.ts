import { ForbiddenException, UnauthorizedException } from '@nestjs/common';
import { type CanActivate, type ExecutionContext, type HttpException } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request, type Response } from 'express';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';

/** What jose says when it could not get the keys; whatever else it says is the token's fault. */
const KEY_FAULTS = ['ERR_JOSE_GENERIC', 'ERR_JWKS_INVALID', 'ERR_JWKS_TIMEOUT'];

export type AccessToken = JWTPayload & { sub: string; scope: string[] };
export type AuthorizedRequest = Request & { accessToken: AccessToken };

/** `@RequireScope('phone')`, on a handler or a controller. */
export const RequireScope = Reflector.createDecorator<string>();

/** `@RequireRole('editor')`: a token has it when a value of the claim that the guard reads is `role:editor`. */
export const RequireRole = Reflector.createDecorator<string>();

/** What is checked, and by what. */
export interface AccessTokenOptions {
  /** Of the service that signs the tokens. */
  readonly issuer: string;
  /** The client_ids of the applications that may call. */
  readonly audience: string[];
  /** The claim that roles are read from, a string or a list; `scope` unless another is named. */
  readonly roleClaim?: string;
}

const ROLE = /^role:(.+)$/;

export class AccessTokenGuard implements CanActivate {
  private readonly keys: JWTVerifyGetKey;
  private readonly reflector = new Reflector();

  constructor(private readonly options: AccessTokenOptions) {
    this.keys = createRemoteJWKSet(new URL(`${options.issuer}/oauth2/jwks`), { cacheMaxAge: 300_000 });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthorizedRequest>();
    const refusal = (exception: HttpException, reason = '') => {
      context.switchToHttp().getResponse<Response>().set('WWW-Authenticate', `Bearer realm="api"${reason}`);
      return exception;
    };
    const [, token] = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!token) throw refusal(new UnauthorizedException());
    const accessToken = await this.verified(token);
    if (!accessToken) throw refusal(new UnauthorizedException(), ', error="invalid_token"');
    const [scope, role] = [RequireScope, RequireRole].map((decorator) =>
      this.reflector.getAllAndOverride(decorator, [context.getHandler(), context.getClass()]),
    );
    if (scope && !accessToken.scope.includes(scope)) {
      throw refusal(new ForbiddenException(), `, error="insufficient_scope", scope="${scope}"`);
    }
    if (role && !this.rolesOf(accessToken).includes(role)) throw new ForbiddenException();
    request.accessToken = accessToken;
    return true;
  }

  private rolesOf(accessToken: AccessToken): string[] {
    const values = words(accessToken[this.options.roleClaim ?? 'scope']);
    return values.flatMap((value) => ROLE.exec(value)?.[1] ?? []);
  }

  private async verified(token: string): Promise<AccessToken | undefined> {
    try {
      const { payload } = await jwtVerify<{ sub: string; scope: string | string[] }>(token, this.keys, {
        issuer: this.options.issuer,
        audience: this.options.audience,
        algorithms: ['RS256', 'ES256'],
        requiredClaims: ['exp', 'scope'], // An ID token has no scope.
        clockTolerance: 5, // Seconds that the two clocks may differ by.
      });
      return { ...payload, scope: words(payload.scope) };
    } catch (error) {
      if (error instanceof errors.JOSEError && !KEY_FAULTS.includes(error.code)) return undefined;
      throw error;
    }
  }
}

/** The values of a claim: a list, or words in a string. */
function words(claim: unknown): string[] {
  return [claim].flat().join(' ').split(' ');
}
