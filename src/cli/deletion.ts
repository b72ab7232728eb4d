import { UnknownResource } from '../admin/administration.errors.js';

/**
 * Deletes something; of what is not there any more, what a deletion that was cut off has left.
 *
 * @param read finds it, or throws UnknownResource
 * @throws UnknownResource when it was not there
 */
export async function deleteKnown(read: () => Promise<unknown>, remove: () => Promise<void>): Promise<void> {
  let unknown: UnknownResource | undefined;
  try {
    await read();
  } catch (error) {
    if (!(error instanceof UnknownResource)) throw error;
    unknown = error;
  }
  await remove();
  if (unknown) throw unknown;
}
