/** Lifetimes are short, so that a few steps of the clock pass all of them. In milliseconds. */
export const ACCESS_TTL = 60_000;
export const REFRESH_TTL = 100_000;
export const REFRESH_MAX_TTL = 180_000;
export const REUSE_INTERVAL = 30_000;

export const SCOPES = ['openid', 'profile', 'phone'];

export const CLIENTS = ['mini', 'other'] as const;
export type ClientName = (typeof CLIENTS)[number];

export const USERS = ['ada', 'bo'] as const;
export type UserName = (typeof USERS)[number];
