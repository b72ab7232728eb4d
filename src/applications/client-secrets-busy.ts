/** More client secrets wait to be verified than will be waited for; this one was not looked at. */
export class ClientSecretsBusy extends Error {
  override readonly name = 'ClientSecretsBusy';

  /** @param clientId the application that the caller claims to be */
  constructor(readonly clientId: string) {
    super('Too many client secrets wait to be verified');
  }
}
