/** There is no such resource. */
export class UnknownResource extends Error {
  override readonly name = 'UnknownResource';

  constructor() {
    super('Not found');
  }
}

/** What the resource is now forbids what is asked for; nothing was changed. */
export class ResourceConflict extends Error {
  override readonly name = 'ResourceConflict';
}

/** The resource is not what the caller has read any more; nothing was changed. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';

  constructor() {
    super('It has been changed meanwhile');
  }
}
