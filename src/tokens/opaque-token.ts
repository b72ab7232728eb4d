import { createHash, randomBytes } from 'node:crypto';
import { openUnder, sealUnder } from '../database/sealed-under.js';

const PURPOSE = 'nest-ciam refresh token successor';

/** 96 random bytes as 128 base64url characters. */
export function newOpaqueToken(): string {
  return randomBytes(96).toString('base64url');
}

/** What is stored instead of a token: SHA-256, base64url. The token is random, so nothing slower is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Encrypts a successor so that only the holder of `token` can read it; the database alone reveals nothing. */
export function sealSuccessor(token: string, successor: string): string {
  return sealUnder(token, successor, PURPOSE);
}

export function openSuccessor(token: string, sealed: string): string {
  return openUnder(token, sealed, PURPOSE);
}
