/** What the simulator was told cannot be done; each line is `field: reason`. */
export class InvalidControlRequest extends Error {
  override readonly name = 'InvalidControlRequest';

  static field(field: string, reason: string): InvalidControlRequest {
    return new InvalidControlRequest(`${field}: ${reason}`);
  }
}
