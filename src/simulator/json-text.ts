/** A JSON text with its slashes escaped, as WeChat writes them. */
export function withEscapedSlashes(json: string): string {
  return json.replaceAll('/', '\\/');
}

/** A JSON text whose strings hold their control characters raw, which JSON forbids and WeChat has done. */
export function withRawControlCharacters(json: string): string {
  return json.replace(/\\(?:u[0-9a-f]{4}|.)/g, (escape) => {
    const character = JSON.parse(`"${escape}"`) as string;
    return character < ' ' ? character : escape;
  });
}

export type JsonObject = Record<string, unknown>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The target with the patch's members put in; null takes a member away.
 *
 * @see RFC 7396
 */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    const known = merged[name];
    if (value === null) delete merged[name];
    else if (isJsonObject(value)) merged[name] = mergePatch(isJsonObject(known) ? known : {}, value);
    else merged[name] = value;
  }
  return merged;
}
