import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from 'nest-ciam';
import { IsNull, LessThan, MoreThan, type EntityManager } from 'typeorm';
import { OtpChallenge } from './otp-challenge.entity.js';
import { SmsRateLimitExceeded } from './sms-otp.errors.js';
import { SmsOtpOptions } from './sms-otp.options.js';

const DIGITS = 6;
const DAY_MS = 86_400_000;

/** Whom a code was sent to, and for which login. */
export interface Recipient {
  /** E.164. */
  readonly phoneNumber: string;
  readonly clientId: string;
  readonly authSourceId: string;
}

/** A code to be sent, and what asks for it. */
export interface OpenedChallenge {
  readonly otpToken: string;
  readonly otp: string;
}

/** `unknown`: there is no such challenge, or it is over; `mismatched`: it was for another login; `wrong`: another code. */
export type Redemption = 'redeemed' | 'unknown' | 'mismatched' | 'wrong';

/** The codes that were sent, shared by all instances. */
@Injectable()
export class OtpChallenges {
  constructor(
    private readonly unitOfWork: UnitOfWork,
    private readonly options: SmsOtpOptions,
  ) {}

  /** @throws SmsRateLimitExceeded when enough was sent to that number */
  async open(recipient: Recipient): Promise<OpenedChallenge> {
    const otpToken = randomBytes(32).toString('base64url');
    const otp = String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');
    await this.unitOfWork.run(async (manager) => {
      const now = Date.now();
      await this.assertWithinLimits(manager, recipient.phoneNumber, now);
      await manager.delete(OtpChallenge, { createdAt: LessThan(now - DAY_MS) });
      await manager.insert(OtpChallenge, {
        ...recipient,
        id: idOf(otpToken),
        otpHash: hashOf(otpToken, otp),
        attempts: 0,
        // Of several that are sent at once one is inserted: this is run again for the others, and finds it.
        slot: this.options.interval > 0 ? Math.floor(now / (this.options.interval * 1000)) : null,
        createdAt: now,
        expiresAt: now + this.options.lifetime * 1000,
        consumedAt: null,
      });
    });
    return { otpToken, otp };
  }

  /** Forgets one whose code was not sent: it counts for no limit. */
  async withdraw({ otpToken }: OpenedChallenge): Promise<void> {
    await this.unitOfWork.run((manager) => manager.delete(OtpChallenge, { id: idOf(otpToken) }));
  }

  /** Takes the code, once. A wrong one counts, whatever the caller makes of it. */
  redeem(otpToken: string, otp: string, recipient: Recipient): Promise<Redemption> {
    const id = idOf(otpToken);
    return this.unitOfWork.run(async (manager) => {
      const now = Date.now();
      const open = {
        id,
        attempts: LessThan(this.options.attempts),
        expiresAt: MoreThan(now),
        consumedAt: IsNull(),
      };
      // First of all, so that of many at once each counts.
      const { affected } = await manager.update(OtpChallenge, open, { attempts: () => 'attempts + 1' });
      if (affected !== 1) return 'unknown';
      const challenge = await manager.findOneByOrFail(OtpChallenge, { id });
      const isFor = (Object.keys(recipient) as (keyof Recipient)[]).every(
        (name) => challenge[name] === recipient[name],
      );
      if (!isFor) return 'mismatched';
      const [known, presented] = [challenge.otpHash, hashOf(otpToken, otp)].map((hash) =>
        Buffer.from(hash, 'hex'),
      );
      if (!timingSafeEqual(known!, presented!)) return 'wrong';
      await manager.update(OtpChallenge, { id }, { consumedAt: now });
      return 'redeemed';
    });
  }

  private async assertWithinLimits(manager: EntityManager, phoneNumber: string, now: number): Promise<void> {
    const { interval, perDay } = this.options;
    const since = (ms: number) =>
      manager.countBy(OtpChallenge, { phoneNumber, createdAt: MoreThan(now - ms) });
    const isTooSoon = interval > 0 && (await since(interval * 1000)) > 0;
    if (isTooSoon || (await since(DAY_MS)) >= perDay) throw new SmsRateLimitExceeded();
  }
}

function idOf(otpToken: string): string {
  return createHash('sha256').update(otpToken).digest('hex');
}

function hashOf(otpToken: string, otp: string): string {
  return createHmac('sha256', otpToken).update(otp).digest('hex');
}
