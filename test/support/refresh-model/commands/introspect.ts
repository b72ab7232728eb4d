import { chosenAny, describeAny, type AnyToken } from './chosen-token.js';
import { expectAgreement, type Command } from './command.js';

/** A resource server asks what a token is worth. */
export function introspect(token: AnyToken): Command {
  return {
    check: (model) => chosenAny(model, token) !== undefined,
    run: async (model, service) => {
      const found = chosenAny(model, token)!;
      expectAgreement(model, model.introspect(found), await service.introspect(service.textOf(found)));
    },
    toString: () => `introspect ${describeAny(token)}`,
  };
}

export function introspectUnknown(): Command {
  return {
    check: () => true,
    run: async (model, service) =>
      expectAgreement(model, model.introspect(undefined), await service.introspect('unknown')),
    toString: () => 'introspect an unknown token',
  };
}
