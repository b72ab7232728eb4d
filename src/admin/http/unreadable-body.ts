/** A body that cannot be read, whatever is in it. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';

  constructor(readonly fault: 'malformed' | 'too large' | 'wrong type') {
    super(
      {
        malformed: 'Malformed request body',
        'too large': 'Request body too large',
        'wrong type': 'Unsupported content type',
      }[fault],
    );
  }
}
