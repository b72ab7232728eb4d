import { decode } from './jwt.js';

/** Values that differ from run to run, by their form: another one of the same form is as good. */
const FORMS = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  jwt: /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/,
  refreshToken: /^[\w-]{128}$/,
  /** A client secret, a coordinate of an EC key. */
  bytes32: /^[\w-]{43}$/,
  rsaModulus: /^[\w-]{342}$/,
};

/** And those that have no form, by the name of the member. */
const NUMBERS = ['expires_in', 'exp', 'iat', 'nbf'];
const OPAQUE = ['next_cursor'];

/**
 * What the values of the documentation are in this run: what a service has answered, and what a test supplies.
 */
export class LiveValues {
  private readonly suppliers = new Map<string, () => string>();

  /** @param documented a value that requests have; each time it is sent, `live` says what is sent */
  supply(documented: string, live: () => string): void {
    this.suppliers.set(documented, live);
  }

  /** A value of a request, with what is documented replaced by what is so. */
  of<T>(documented: T): T {
    if (typeof documented === 'string') return (this.suppliers.get(documented)?.() ?? documented) as T;
    if (Array.isArray(documented)) return documented.map((item: unknown) => this.of(item)) as T;
    if (typeof documented !== 'object' || documented === null) return documented;
    return Object.fromEntries(
      Object.entries(documented).map(([name, value]) => [name, this.of<unknown>(value)]),
    ) as T;
  }

  /**
   * The actual answer as far as it differs from the documented one: a value that may differ, and has the right form, is
   * told as it is documented. The same id in the documentation is the same id in the answers.
   */
  told(actual: unknown, documented: unknown, member = ''): unknown {
    if (Array.isArray(actual) && Array.isArray(documented)) {
      return actual.map((item, index) => this.told(item, documented[index], member));
    }
    if (isRecord(actual) && isRecord(documented)) {
      return Object.fromEntries(
        Object.entries(actual).map(([name, value]) => [name, this.told(value, documented[name], name)]),
      );
    }
    if (typeof actual === 'number' && typeof documented === 'number') {
      return NUMBERS.includes(member) ? documented : actual;
    }
    if (typeof actual !== 'string' || typeof documented !== 'string') return actual;
    return this.isAsGood(actual, documented, member) ? documented : actual;
  }

  private isAsGood(actual: string, documented: string, member: string): boolean {
    if (OPAQUE.includes(member)) return this.learn(documented, actual);
    const form = Object.values(FORMS).find((pattern) => pattern.test(documented));
    if (!form?.test(actual)) return false;
    if (form === FORMS.time) return true;
    if (form === FORMS.jwt) return this.isTokenAsGood(actual, documented) && this.learn(documented, actual);
    if (form === FORMS.uuid && this.suppliers.has(documented)) return this.of(documented) === actual;
    return this.learn(documented, actual);
  }

  /** Every token has an id of its own; all else that is in it is as documented. */
  private isTokenAsGood(actual: string, documented: string): boolean {
    const [real, example] = [decode(actual), decode(documented)];
    this.learn(String(example.payload.jti), String(real.payload.jti));
    return sorted(this.told(real, example)) === sorted(example);
  }

  private learn(documented: string, actual: string): true {
    this.suppliers.set(documented, () => actual);
    return true;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isRecord(member) ? Object.fromEntries(Object.entries(member).sort()) : member,
  );
}
