import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { type Page, type PageRequest } from '../../database/page.js';
import { SettingsRefused } from '../../database/settings.js';

export const DEFAULT_LIMIT = 50;
export const LARGEST_LIMIT = 200;

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

/** @throws SettingsRefused when the cursor is none */
export function pageRequest({ limit, cursor }: PageQuery): PageRequest {
  return { limit: limit ?? DEFAULT_LIMIT, ...(cursor === undefined ? {} : { after: decoded(cursor) }) };
}

/** A page as the admin API answers it. */
export function pageAnswer<T>({ items, next }: Page<T>) {
  return { items, next_cursor: next === undefined ? null : Buffer.from(next).toString('base64url') };
}

function decoded(cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length === 0 || bytes.toString('base64url') !== cursor) {
    throw new SettingsRefused([{ property: 'cursor', message: 'is not one of this list' }]);
  }
  return bytes.toString();
}
