import { type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { SettingsRefused, type SettingProblem } from '../database/settings.js';
import { validationProblems } from '../database/validation-problems.js';

/**
 * Values as an instance of the class that the admin API takes.
 *
 * @param known what is wrong already
 * @throws SettingsRefused naming each wrong one
 */
export function checked<T extends object>(
  type: Type<T>,
  values: object,
  known: readonly SettingProblem[] = [],
): T {
  const named = Object.entries(values).filter(([, value]) => value !== undefined);
  const instance = plainToInstance(type, Object.fromEntries(named));
  const problems = [...validationProblems(instance), ...known];
  if (problems.length > 0) throw new SettingsRefused(problems);
  return instance;
}
