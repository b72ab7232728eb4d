import { type YAMLError } from 'yaml';

/** In place of the parser's own words where those quote the file, which may hold secrets. */
const reasons: Partial<Record<YAMLError['code'], string>> = {
  BAD_DIRECTIVE: 'a directive is not YAML',
  BAD_DQ_ESCAPE: 'a double-quoted text has an unknown escape sequence',
  TAG_RESOLVE_FAILED: 'a value has an unknown tag',
  UNEXPECTED_TOKEN: 'something is where YAML allows nothing',
};

/** What is wrong with a text as YAML, without quoting it. @see YAML 1.2.2 */
export function yamlFault({ code, message }: YAMLError): string {
  return reasons[code] ?? message;
}
