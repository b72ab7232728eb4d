import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type Type } from '@nestjs/common';
import { Allow, IsString, MaxLength } from 'class-validator';
import { type GrantUnderTest } from '../../src/nest-ciam-conformance.js';
import {
  GrantType,
  InvalidGrant,
  TemporarilyUnavailable,
  type ExternalSignIn,
  type GrantRequest,
  type GrantStrategy,
} from '../../src/nest-ciam.js';

const DEADLINE_MS = 100;
const TICKET_GRANT = 'urn:example:ticket';

class TicketParameters {
  @IsString()
  @MaxLength(128)
  auth_source_id: string;

  @IsString()
  @MaxLength(64)
  ticket: string;
}

/** Whoever gives tickets out, and says whose they are. */
class TicketOffice {
  isHanging = false;
  private readonly holders = new Map<string, string>();
  private issued = 0;

  /** Comes at once, or never. */
  answer(): Promise<void> {
    return this.isHanging ? new Promise(() => undefined) : Promise.resolve();
  }

  issue(person: string): string {
    const ticket = `ticket-${++this.issued}-for-somebody-${Math.random().toString(36).slice(2)}`;
    this.holders.set(ticket, person);
    return ticket;
  }

  /** Whose ticket it is, which is good no more. */
  redeem(ticket: string): string | undefined {
    const person = this.holderOf(ticket);
    this.holders.delete(ticket);
    return person;
  }

  holderOf(ticket: string): string | undefined {
    return this.holders.get(ticket);
  }
}

/** As it should be. */
class TicketStrategy implements GrantStrategy<TicketParameters> {
  protected readonly logger = new Logger('Tickets');

  constructor(protected readonly office: TicketOffice) {}

  async handle({ ticket }: TicketParameters, request: GrantRequest): Promise<ExternalSignIn> {
    await this.ask();
    const person = await this.redeem(ticket);
    if (person === undefined) throw this.refusal(ticket);
    return this.recognised(person, ticket, request);
  }

  /** Waits for the office, though not for ever. */
  protected async ask(): Promise<void> {
    const isOpen = await Promise.race([this.office.answer().then(() => true), delay(DEADLINE_MS, false)]);
    if (!isOpen) throw this.unavailable();
  }

  protected unavailable(): Error {
    return new TemporarilyUnavailable('Ticket office unavailable', 2);
  }

  protected refusal(ticket: string): Error {
    return new InvalidGrant('Unknown ticket', `a ticket of ${ticket.length} characters`);
  }

  protected redeem(ticket: string): Promise<string | undefined> {
    return Promise.resolve(this.office.redeem(ticket));
  }

  protected recognised(person: string, _ticket: string, { authSource }: GrantRequest): ExternalSignIn {
    const identities = [{ type: 'ticket', issuer: authSource!.appId, subject: person }];
    return { kind: 'external', identities, profile: () => Promise.resolve({ nickName: person }) };
  }
}

class UncheckedParameters {
  @IsString()
  auth_source_id: string;

  @Allow()
  ticket: string;
}

class LongParameters {
  @IsString()
  auth_source_id: string;

  @IsString()
  ticket: string;
}

type Broken = Readonly<
  Record<
    string,
    {
      readonly caughtBy: string;
      readonly strategy: typeof TicketStrategy;
      readonly parameters?: Type<object>;
    }
  >
>;

const QUOTING = 'says of a credential that is wrong that it is, and quotes nothing of it';
const ONCE = 'accepts a credential once';
const AT_ONCE = 'accepts a credential once, however many present it at once';
const SAME_USER = 'signs a person in, and the same user each time';
const SECRECY = 'logs nothing of what it is sent, and stores no secret of it';
const HANGING = 'answers 503 with Retry-After when whoever it asks does not answer';
const CHECKED = 'refuses parameters that are missing, repeated, of another type or too long';

/** Each is wrong in one way, and has the check that must find it. */
export const BROKEN: Broken = {
  'that quotes what it was sent': {
    caughtBy: QUOTING,
    strategy: class extends TicketStrategy {
      protected override refusal(ticket: string): Error {
        return new InvalidGrant(`Unknown ticket ${ticket}`);
      }
    },
  },
  'that fails at a credential it does not know': {
    caughtBy: QUOTING,
    strategy: class extends TicketStrategy {
      protected override refusal(): Error {
        return new TypeError('no such ticket');
      }
    },
  },
  'that takes a wrong credential for a right one': {
    caughtBy: QUOTING,
    strategy: class extends TicketStrategy {
      protected override redeem(ticket: string): Promise<string> {
        return Promise.resolve(this.office.redeem(ticket) ?? 'anybody');
      }
    },
  },
  'whose credentials may be used again': {
    caughtBy: ONCE,
    strategy: class extends TicketStrategy {
      protected override redeem(ticket: string): Promise<string | undefined> {
        return Promise.resolve(this.office.holderOf(ticket));
      }
    },
  },
  'that looks first and spends later': {
    caughtBy: AT_ONCE,
    strategy: class extends TicketStrategy {
      protected override async redeem(ticket: string): Promise<string | undefined> {
        const person = this.office.holderOf(ticket);
        await delay(20);
        this.office.redeem(ticket);
        return person;
      }
    },
  },
  'that takes a person for somebody new each time': {
    caughtBy: SAME_USER,
    strategy: class extends TicketStrategy {
      protected override recognised(person: string, ticket: string, request: GrantRequest): ExternalSignIn {
        const signIn = super.recognised(person, ticket, request);
        return {
          ...signIn,
          identities: [{ ...signIn.identities[0]!, subject: `${person}-${Math.random()}` }],
        };
      }
    },
  },
  'that takes everybody for the same': {
    caughtBy: SAME_USER,
    strategy: class extends TicketStrategy {
      protected override recognised(_person: string, ticket: string, request: GrantRequest): ExternalSignIn {
        return super.recognised('everybody', ticket, request);
      }
    },
  },
  'that logs what it was sent': {
    caughtBy: SECRECY,
    strategy: class extends TicketStrategy {
      protected override redeem(ticket: string): Promise<string | undefined> {
        this.logger.debug(`A ticket: ${ticket}`);
        return super.redeem(ticket);
      }
    },
  },
  'that prints what it was sent': {
    caughtBy: SECRECY,
    strategy: class extends TicketStrategy {
      protected override redeem(ticket: string): Promise<string | undefined> {
        // eslint-disable-next-line no-console -- that is what is wrong with it
        console.info({ ticket });
        return super.redeem(ticket);
      }
    },
  },
  'that writes to its standard output what it was sent': {
    caughtBy: SECRECY,
    strategy: class extends TicketStrategy {
      protected override redeem(ticket: string): Promise<string | undefined> {
        process.stdout.write(`${ticket}\n`);
        return super.redeem(ticket);
      }
    },
  },
  'whose error has what it was sent among its causes': {
    caughtBy: SECRECY,
    strategy: class extends TicketStrategy {
      protected override refusal(ticket: string): Error {
        return new InvalidGrant('Unknown ticket', new Error(`no ticket ${ticket}`));
      }
    },
  },
  'that stores a secret': {
    caughtBy: SECRECY,
    strategy: class extends TicketStrategy {
      protected override recognised(person: string, ticket: string, request: GrantRequest): ExternalSignIn {
        const signIn = super.recognised(person, ticket, request);
        const last = { type: 'last_ticket', issuer: 'tickets', subject: ticket };
        return { ...signIn, identities: [...signIn.identities, last] };
      }
    },
  },
  'that waits for its upstream for ever': {
    caughtBy: HANGING,
    strategy: class extends TicketStrategy {
      protected override ask(): Promise<void> {
        return this.office.answer();
      }
    },
  },
  'that says it is its own fault when its upstream hangs': {
    caughtBy: HANGING,
    strategy: class extends TicketStrategy {
      protected override unavailable(): Error {
        return new Error('timeout');
      }
    },
  },
  'that says nothing of when to come back': {
    caughtBy: HANGING,
    strategy: class extends TicketStrategy {
      protected override unavailable(): Error {
        return new TemporarilyUnavailable('Ticket office unavailable', NaN);
      }
    },
  },
  'that blames the caller when its upstream hangs': {
    caughtBy: HANGING,
    strategy: class extends TicketStrategy {
      protected override unavailable(): Error {
        return new InvalidGrant('Unknown ticket');
      }
    },
  },
  'whose parameters are not checked': {
    caughtBy: CHECKED,
    strategy: class extends TicketStrategy {},
    parameters: UncheckedParameters,
  },
  'whose parameters may be of any length': {
    caughtBy: CHECKED,
    strategy: class extends TicketStrategy {},
    parameters: LongParameters,
  },
};

/** The strategy as it should be, or a broken one, ready to be tried; each with an office of its own. */
export function tickets(
  Strategy: typeof TicketStrategy = TicketStrategy,
  parameters: Type<object> = TicketParameters,
): GrantUnderTest {
  const office = new TicketOffice();

  @GrantType({
    grantType: TICKET_GRANT,
    parameters,
    applicationTypes: ['spa'],
    authSourceTypes: ['ticket_office'],
  })
  @Injectable()
  class Tickets extends Strategy {
    constructor() {
      super(office);
    }
  }

  return {
    grantType: TICKET_GRANT,
    grants: [Tickets],
    authSource: { type: 'ticket_office' },
    credential: (person) => Promise.resolve({ ticket: office.issue(person) }),
    hang: () => {
      office.isHanging = true;
      return Promise.resolve(() => {
        office.isHanging = false;
      });
    },
  };
}
