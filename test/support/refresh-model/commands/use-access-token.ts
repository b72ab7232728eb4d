import { chosenAccessToken, describeAccessToken } from './chosen-token.js';
import { expectAgreement, type Command } from './command.js';

/** Asks `GET /userinfo`. @param place 0 is the access token that was issued last */
export function useAccessToken(place: number): Command {
  return {
    check: (model) => chosenAccessToken(model, place) !== undefined,
    run: async (model, service) => {
      const token = chosenAccessToken(model, place)!;
      expectAgreement(model, model.userInfo(token), await service.userInfo(token.number));
    },
    toString: () => `use ${describeAccessToken(place)}`,
  };
}
