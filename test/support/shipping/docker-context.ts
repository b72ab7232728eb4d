import { readText } from './repository.js';

/**
 * Whether the build may see a file, by `.dockerignore`: the last line that matches decides.
 *
 * @param path from the top of the repository
 */
export function isInContext(path: string, ignored: string = readText('.dockerignore')): boolean {
  const lines = ignored.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  let included = true;
  for (const line of lines) {
    const pattern = line.replace(/^!/, '');
    if (matches(path, pattern)) included = line.startsWith('!');
  }
  return included;
}

/** A pattern matches what is in a folder that it matches, too. */
function matches(path: string, pattern: string): boolean {
  const source = pattern
    .split('/')
    .map((part) =>
      part === '**' ? '(.*/)?' : `${part.replace(/[.+^$()]/g, '\\$&').replace(/\*/g, '[^/]*')}/`,
    )
    .join('')
    .replace(/\/$/, '');
  return new RegExp(`^${source}(/|$)`).test(path);
}
