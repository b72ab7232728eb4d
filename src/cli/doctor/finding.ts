type Check =
  'configuration' | 'database' | 'migrations' | 'encryption' | 'signing_keys' | 'wechat' | 'clock' | 'redis';

/** What a check has found. */
export interface Finding {
  readonly check: Check;
  /** What of several it is about: an auth source, an algorithm, somebody else's clock; otherwise `null`. */
  readonly subject: string | null;
  /** `skipped` is what could not be looked at. */
  readonly status: 'ok' | 'warning' | 'problem' | 'skipped';
  /** What is wrong, and what to do about it. */
  readonly message: string;
}

/** Makes the findings of one check, about one subject. */
export function findings(check: Check, subject: string | null = null) {
  const finding =
    (status: Finding['status']) =>
    (message: string): Finding => ({
      check,
      subject,
      status,
      message,
    });
  return {
    ok: finding('ok'),
    warning: finding('warning'),
    problem: finding('problem'),
    skipped: finding('skipped'),
  };
}
