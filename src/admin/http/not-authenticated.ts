/** A request of the admin API without `ADMIN_TOKEN`. */
export class NotAuthenticated extends Error {
  override readonly name = 'NotAuthenticated';

  constructor(readonly token: 'none' | 'wrong') {
    super('Authentication failed');
  }
}
