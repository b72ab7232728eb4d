import { type AccessToken } from '../access-token.js';
import { type PresentedToken, type RefreshModel } from '../model.js';

/** What has been issued in a run. */
export type Issued = Pick<RefreshModel, 'families' | 'accessTokens'>;

/** A refresh token by its place, so that it means something in every run. */
export interface ChosenToken {
  /** The place of its family in the order of the sign-ins. */
  readonly family: number;
  /** `held` is what the client goes on with; 0 is the current one, 1 the one before, and so on. */
  readonly token: 'held' | number;
}

/** The token that was chosen, if there is one. */
export function chosen({ families }: Issued, { family, token }: ChosenToken): PresentedToken | undefined {
  const itsFamily = families[family];
  const found = token === 'held' ? itsFamily?.held : itsFamily?.tokens.at(-1 - token);
  return itsFamily && found && { family: itsFamily, token: found };
}

export function describeChosen({ family, token }: ChosenToken): string {
  const place = token === 'held' ? 'held' : token === 0 ? 'current' : `current - ${token}`;
  return `the ${place} refresh token of family ${family}`;
}

/** A token of either kind; a number is the place of an access token. */
export type AnyToken = ChosenToken | number;

export function chosenAny(model: Issued, token: AnyToken): PresentedToken | AccessToken | undefined {
  return typeof token === 'number' ? chosenAccessToken(model, token) : chosen(model, token);
}

export function describeAny(token: AnyToken): string {
  return typeof token === 'number' ? describeAccessToken(token) : describeChosen(token);
}

/** @param place 0 is the access token that was issued last, 1 the one before, and so on */
export function chosenAccessToken({ accessTokens }: Issued, place: number): AccessToken | undefined {
  return accessTokens.at(-1 - place);
}

export function describeAccessToken(place: number): string {
  return `the ${place === 0 ? 'last' : `last - ${place}`} access token`;
}
