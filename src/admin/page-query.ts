import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { IDENTIFIER } from '../database/identifier.js';
import { type Page, type PageRequest } from '../database/page.js';
import { SettingsRefused } from '../database/settings.js';

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 200;

/** Which page of a list is wanted. */
export class PageQuery {
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  )
  @IsInt()
  @Min(1)
  @Max(LARGEST_LIMIT)
  limit?: number;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(512)
  cursor?: string;
}

/** What names a user, and a session. */
export const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * @param key what names an item of the list
 * @throws SettingsRefused when the cursor is none of such a list
 */
export function pageRequest({ limit, cursor }: PageQuery, key: RegExp = IDENTIFIER): PageRequest {
  return { limit: limit ?? DEFAULT_LIMIT, ...(cursor === undefined ? {} : { after: decoded(cursor, key) }) };
}

/** A page as the admin API answers it. */
export function pageAnswer<T>({ items, next }: Page<T>) {
  return { items, next_cursor: next === undefined ? null : Buffer.from(next).toString('base64url') };
}

function decoded(cursor: string, key: RegExp): string {
  const after = Buffer.from(cursor, 'base64url').toString();
  if (!key.test(after) || Buffer.from(after).toString('base64url') !== cursor) {
    throw new SettingsRefused([{ property: 'cursor', message: 'is not one of this list' }]);
  }
  return after;
}
