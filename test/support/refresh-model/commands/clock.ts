import { type Family } from '../family.js';
import { type RefreshModel } from '../model.js';
import { setDate } from '../service-clock.js';
import { REUSE_INTERVAL } from '../settings.js';
import { type Command } from './command.js';

/** When something of a family ends by itself. */
const ENDS = {
  'the reuse interval': ({ previous }: Family) => previous && previous.consumedAt! + REUSE_INTERVAL,
  'the previous token': ({ previous }: Family) => previous?.expiresAt,
  'the current token': ({ current }: Family) => current.expiresAt,
  'the family': ({ endsAt }: Family) => endsAt,
};

/** The clock moves on. */
export function wait(milliseconds: number): Command {
  return {
    check: () => true,
    run: (model) => moveTo(model, model.now + milliseconds),
    toString: () => `wait ${milliseconds} ms`,
  };
}

/** The clock moves to the very moment at which something of the family ends, or a millisecond beside it. */
export function waitForEnd(ending: keyof typeof ENDS, family: number, offset: number): Command {
  const moment = ({ families }: Pick<RefreshModel, 'families'>) => {
    const end = families[family] && ENDS[ending](families[family]);
    return end === undefined ? undefined : end + offset;
  };
  return {
    check: (model) => (moment(model) ?? 0) > model.now,
    run: (model) => moveTo(model, moment(model)!),
    toString: () => `wait for the end of ${ending} (family ${family}) ${offset < 0 ? '' : '+'}${offset} ms`,
  };
}

function moveTo(model: RefreshModel, now: number): Promise<void> {
  model.now = now;
  setDate(now);
  return Promise.resolve();
}
