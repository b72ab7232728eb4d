import { type InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { APPLICATION_TYPES } from '../../applications/application.entity.js';
import { TYPE_NAME } from '../../database/identifier.js';
import { ParameterValidator } from '../parameter-validator.js';
import { type GrantStrategy, type GrantTypeOptions } from './grant-strategy.js';
import { isGrantType } from './grant-type-name.js';

/** A grant of the token endpoint, ready to be asked. */
export interface RegisteredGrant {
  readonly options: GrantTypeOptions;
  readonly strategy: GrantStrategy;
  readonly validator: ParameterValidator<object>;
}

/** @throws Error naming the strategy and what is wrong with it */
export function registrationOf(options: GrantTypeOptions, wrapper: InstanceWrapper): RegisteredGrant {
  const { parameters, authSourceTypes } = options;
  const fault = faultOf(options) ?? faultOfProvider(wrapper);
  const wrong = (what: string) => new Error(`The grant strategy ${String(wrapper.name)} ${what}`);
  if (fault) throw wrong(fault);
  const validator = new ParameterValidator(parameters);
  if (validator.isEmpty) {
    throw wrong(`has parameters, ${parameters.name}, of which none has a class-validator decorator`);
  }
  if (authSourceTypes && !validator.declares('auth_source_id')) {
    throw wrong('accepts auth sources, but its parameters do not declare auth_source_id');
  }
  return { options, strategy: wrapper.instance as GrantStrategy, validator };
}

function faultOf({
  grantType,
  parameters,
  applicationTypes,
  authSourceTypes,
}: GrantTypeOptions): string | undefined {
  if (!isGrantType(grantType)) {
    return `has the grant type ${String(grantType)}, which is neither a name of RFC 6749 nor an absolute URI`;
  }
  if (typeof parameters !== 'function') return 'declares no class of parameters';
  const isKnown = (type: string) => (APPLICATION_TYPES as readonly string[]).includes(type);
  if (!applicationTypes?.length || !applicationTypes.every(isKnown)) {
    return `must name the types of application that may use it, of ${APPLICATION_TYPES.join(', ')}`;
  }
  if (
    authSourceTypes &&
    (authSourceTypes.length === 0 || !authSourceTypes.every((type) => TYPE_NAME.test(type)))
  ) {
    return 'must name the types of auth source that it accepts, in lower case';
  }
  return undefined;
}

function faultOfProvider(wrapper: InstanceWrapper): string | undefined {
  if (!wrapper.isDependencyTreeStatic()) {
    return 'is request-scoped, or something is that it injects; one instance serves all requests';
  }
  if (wrapper.isTransient) return 'is transient; one instance serves all requests';
  const { handle } = wrapper.instance as Partial<GrantStrategy>;
  return typeof handle === 'function' ? undefined : 'has no method handle()';
}
