import { validateSync, type ValidationError } from 'class-validator';
import { type SettingProblem } from './settings.js';

/** What the decorators of its class say against an object; every member without decorator is an unknown field. */
export function validationProblems(instance: object): SettingProblem[] {
  const faults = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
  });
  return faults.flatMap((fault) => problemsOf(fault));
}

function problemsOf(
  { property, constraints, children }: ValidationError,
  parents: string[] = [],
): SettingProblem[] {
  const path = [...parents, property];
  const message = reasonOf(property, constraints ?? {});
  const own = message === undefined ? [] : [{ property: path.join('.'), message }];
  return [...own, ...(children ?? []).flatMap((child) => problemsOf(child, path))];
}

/** Of the faults of one field, that of its first decorator: a text is no number before it is too small a one. */
function reasonOf(property: string, constraints: Readonly<Record<string, string>>): string | undefined {
  if (constraints.whitelistValidation) return 'unknown field';
  const { nestedValidation, ...own } = constraints;
  const message = Object.values(own).at(-1) ?? nestedValidation;
  return message?.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
