import { type INestApplicationContext } from '@nestjs/common';
import { SigningKeyUpkeep } from '../maintenance/signing-key-upkeep.service.js';

/**
 * Replaces the signing keys.
 *
 * @returns a line for each algorithm
 */
export async function rotateSigningKeys(app: INestApplicationContext): Promise<string[]> {
  const { rotated, awaited } = await app.get(SigningKeyUpkeep).rotate();
  return [
    ...rotated.map(({ alg, kid, retiredKid }) => `${alg}: ${kid} signs in the place of ${retiredKid}`),
    ...awaited.map(
      ({ alg, kid, usableFrom }) =>
        `${alg}: ${kid} will sign from ${usableFrom.toISOString()}, when everybody knows it`,
    ),
  ];
}
