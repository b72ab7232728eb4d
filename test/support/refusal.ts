/** What a client library tells its user of an answer that refuses. */
export interface Refusal {
  /** The class of the error. */
  readonly error: string;
  readonly status: number;
  /** The whole body, or the challenges of `WWW-Authenticate`. */
  readonly cause: unknown;
}

/** How openid-client and oauth4webapi, which share their errors, fail; it is an error that they do not. */
export async function refusal(request: Promise<unknown>): Promise<Refusal> {
  const error = await request.then(
    () => new Error('The request was not refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error && 'status' in error)) throw error;
  return { error: error.name, status: error.status as number, cause: error.cause };
}
