/** So few that nobody waits long for them. */
const LARGEST_PAGE = 200;

/** Which part of a list is wanted. */
export interface PageRequest {
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

/** A part of a list. Rows that are added meanwhile neither repeat nor push out what the next page has. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Names the last item to whoever reads the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * @param rows one more than `limit` when there is another page
 * @param key what a row is named by
 */
export function pageOf<T>(rows: readonly T[], limit: number, key: (row: T) => string): Page<T> {
  const items = rows.slice(0, limit);
  return rows.length > limit ? { items, next: key(items.at(-1)!) } : { items };
}

/** Everything that a list has, page by page. */
export async function everyItem<T>(list: (request: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit: LARGEST_PAGE, after });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}
