/**
 * Parses what WeChat calls JSON: nicknames in it have held raw control characters, which JSON forbids.
 * They become spaces; escapes such as `\/` stay as they are.
 *
 * @throws SyntaxError whose message quotes the text: never log it, never make it a cause
 */
export function parseWechatJson(text: string): unknown {
  return JSON.parse(text.replace(/[\u0000-\u001f]/g, ' '));
}
