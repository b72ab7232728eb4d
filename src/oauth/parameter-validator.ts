import { type Type } from '@nestjs/common';
import { IS_BOOLEAN, getMetadataStorage, validateSync } from 'class-validator';
import { parameter, type OAuthParameters } from './oauth-parameters.js';
import { InvalidRequest } from './oauth.errors.js';

/**
 * Makes an instance of a parameter class out of a request, or says what is wrong.
 *
 * The class is read once. Its properties are the declared parameters: others are ignored, and of several faults the
 * one of the property that is declared first is reported.
 */
export class ParameterValidator<T extends object> {
  private readonly properties: readonly string[];
  private readonly booleans: ReadonlySet<string>;

  constructor(private readonly type: Type<T>) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    this.properties = [...new Set(rules.map((rule) => rule.propertyName))];
    this.booleans = new Set(
      rules.filter((rule) => rule.name === IS_BOOLEAN).map((rule) => rule.propertyName),
    );
  }

  /** Whether the class declares none. */
  get isEmpty(): boolean {
    return this.properties.length === 0;
  }

  declares(name: string): boolean {
    return this.properties.includes(name);
  }

  /** @throws InvalidRequest */
  validate(parameters: OAuthParameters): T {
    const repeated = this.properties.filter((name) => Array.isArray(parameters.values.get(name)));
    const instance = new this.type() as Record<string, unknown>;
    for (const name of this.properties) {
      const value = repeated.includes(name) ? undefined : parameter(parameters, name);
      if (value !== undefined) instance[name] = this.converted(name, value, parameters.isForm);
    }
    const faulty = new Set(
      validateSync(instance, { forbidUnknownValues: false }).map((error) => error.property),
    );
    for (const name of this.properties) {
      if (repeated.includes(name)) throw InvalidRequest.repeated(name);
      if (!faulty.has(name)) continue;
      throw instance[name] === undefined ? InvalidRequest.missing(name) : InvalidRequest.invalid(name);
    }
    return instance as T;
  }

  /** A form has only strings: there `true` and `false` are booleans. */
  private converted(name: string, value: unknown, isForm: boolean): unknown {
    if (!isForm || !this.booleans.has(name)) return value;
    return value === 'true' ? true : value === 'false' ? false : value;
  }
}
