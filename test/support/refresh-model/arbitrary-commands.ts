import fc from 'fast-check';
import { wait, waitForEnd } from './commands/clock.js';
import { compareRecords } from './commands/compare-records.js';
import { introspect, introspectUnknown } from './commands/introspect.js';
import { refresh, refreshUnknown } from './commands/refresh.js';
import { revoke, revokeUnknown } from './commands/revoke.js';
import { signIn } from './commands/sign-in.js';
import { setClient, setSource, setUser } from './commands/states.js';
import { useAccessToken } from './commands/use-access-token.js';
import { type RefreshModel } from './model.js';
import { type ServiceUnderTest } from './service-under-test.js';
import { CLIENTS, USERS } from './settings.js';

const MOST_COMMANDS = 40;

/** One of the values, each as often as its weight says; the first is the simplest. */
function oneOf<const W extends readonly (readonly [weight: number, value: unknown])[]>(
  ...weighted: W
): fc.Arbitrary<W[number][1]> {
  const values = weighted.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) }));
  return fc.oneof({ withCrossShrink: true }, ...values);
}

const client = fc.constantFrom(...CLIENTS);
const user = fc.constantFrom(...USERS);
const family = oneOf([3, 0], [2, 1], [1, 2]);

/** Starts a family. */
export const signingIn = fc
  .tuple(user, client, oneOf([3, undefined], [1, 'openid'], [1, 'profile openid']))
  .map((args) => signIn(...args));

const refreshing = fc
  .record({
    family,
    token: oneOf([2, 0], [4, 'held'], [2, 1], [1, 2], [1, 3]),
    by: oneOf([12, 'owner'], [1, 'another client']),
    scope: oneOf([20, undefined], [4, 'openid'], [4, 'phone openid'], [4, 'profile'], [1, 'openid admin']),
    lost: oneOf([1, false], [1, true]),
    times: oneOf([9, 1], [1, 3]),
  })
  .map(refresh);

const form = fc.constantFrom('form' as const, 'JSON' as const);
const accessToken = oneOf([3, 0], [2, 1], [1, 2], [1, 3]);
const refreshToken = fc.record({ family, token: oneOf([1, 0], [2, 'held'], [1, 1], [1, 2]) });
const token = fc.oneof({ withCrossShrink: true }, refreshToken, accessToken);
const revoking = fc
  .record({
    token,
    by: oneOf([3, 'owner'], [1, 'another client']),
    as: form,
    hint: fc.constantFrom(undefined, 'access_token' as const, 'refresh_token' as const),
  })
  .map(revoke);
const revokingUnknown = fc.tuple(client, form).map((args) => revokeUnknown(...args));

const waiting = fc.constantFrom(1, 1_001, 10_000, 19_999, 29_999, 40_000, 70_000).map(wait);
const waitingForEnd = fc
  .tuple(
    oneOf([4, 'the reuse interval'], [1, 'the previous token'], [2, 'the current token'], [1, 'the family']),
    family,
    oneOf([3, 0], [3, -1], [1, 1]),
  )
  .map((args) => waitForEnd(...args));

const settingUser = fc
  .tuple(user, oneOf([8, 'NORMAL'], [1, 'LOCK'], [1, 'FREEZE'], [2, 'DELETED']))
  .map((args) => setUser(...args));
/** What is off is soon on again: a run in which nothing works says little. */
const isOn = oneOf([4, true], [1, false]);
const settingClient = fc
  .tuple(client, fc.constantFrom('enabled' as const, 'refreshTokens' as const), isOn)
  .map((args) => setClient(...args));
const settingSource = isOn.map(setSource);

/** Commands in a random order; one that means nothing where it stands is skipped when they are run. */
export const arbitraryCommands = fc.commands<RefreshModel, ServiceUnderTest, false>(
  [
    fc.oneof(
      { weight: 3, arbitrary: signingIn },
      { weight: 24, arbitrary: refreshing },
      { weight: 1, arbitrary: client.map(refreshUnknown) },
      { weight: 2, arbitrary: revoking },
      { weight: 1, arbitrary: revokingUnknown },
      { weight: 4, arbitrary: accessToken.map(useAccessToken) },
      { weight: 4, arbitrary: token.map(introspect) },
      { weight: 1, arbitrary: fc.constant(introspectUnknown()) },
      { weight: 4, arbitrary: waiting },
      { weight: 4, arbitrary: waitingForEnd },
      { weight: 4, arbitrary: settingUser },
      { weight: 4, arbitrary: settingClient },
      { weight: 3, arbitrary: settingSource },
      { weight: 1, arbitrary: fc.constant(compareRecords()) },
    ),
  ],
  { maxCommands: MOST_COMMANDS, size: 'max' },
);
