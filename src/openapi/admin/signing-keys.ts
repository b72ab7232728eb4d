import { SIGNING_ALGORITHMS } from '../../config/signing-algorithms.js';
import { SIGNING_KEY_STATES } from '../../tokens/signing-key.entity.js';
import { type Paths, type Schemas } from '../openapi-object.js';
import { list, nullable, object, oneOfValues, time, uuid } from '../schema.js';
import { adminOperation, page, pageParameters, plain } from './admin-operation.js';
import { problems } from './problems.js';

const tags = ['Signing keys'];
const alg = oneOfValues(SIGNING_ALGORITHMS, 'What it signs with.');

export const signingKeySchemas: Schemas = {
  SigningKey: object({
    kid: uuid('Names it.'),
    alg,
    state: oneOfValues(
      SIGNING_KEY_STATES,
      '`next` is published and will sign, `active` signs, `retired` stays until its last token has expired.',
    ),
    created_at: time('When it was published.'),
    usable_from: time('From when on it may sign: everybody who verifies tokens knows it by then.'),
    activated_at: nullable(time('When it began to sign.')),
    retired_at: nullable(time('When it ceased to.')),
  }),
  SigningKeyPage: page('SigningKey', 'All of them; of each algorithm: next, active, the retired ones.'),
  SigningKeyRotation: object({
    rotated: list(
      object({ alg, kid: uuid('It signs now.'), retired_kid: uuid('It signed before.') }),
      'Replaced at once.',
    ),
    awaited: list(
      object({ alg, kid: uuid('It will sign.'), usable_from: time('When it replaces the active one.') }),
      'Will be replaced: the next key is not known to everybody yet.',
    ),
  }),
};

const ACTIVE = {
  RS256: '765d29fb-9815-4fdd-be95-472a963fd9bf',
  ES256: '0f8d1c7e-2f45-4a1b-9c1c-6f0e7d3b5a42',
};
const NEXT = {
  RS256: '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed',
  ES256: 'd3b07384-d113-4ec5-a5e1-9b1d2c4f6e80',
};
const AFTER_NEXT = {
  RS256: '2c8e1f7a-64b9-4d30-a1c5-7e9f0b3d5a16',
  ES256: 'e5a9c3d1-07f4-4b82-9d6e-1c3b5f7a9e20',
};

const FIRST_BOOT = '2026-02-05T08:00:00.000Z';

const first = (of: 'RS256' | 'ES256', state: 'next' | 'active') => ({
  kid: (state === 'next' ? NEXT : ACTIVE)[of],
  alg: of,
  state,
  created_at: FIRST_BOOT,
  usable_from: FIRST_BOOT,
  activated_at: state === 'active' ? FIRST_BOOT : null,
  retired_at: null,
});

const everyAlgorithm = <T>(of: (algorithm: 'RS256' | 'ES256') => T) => SIGNING_ALGORITHMS.map(of);

export const signingKeyPaths: Paths = {
  '/admin/v1/signing-keys': {
    get: adminOperation({
      operationId: 'listSigningKeys',
      tags,
      summary: 'List the signing keys',
      description: 'By algorithm, and of each: next, active, the retired ones.',
      parameters: pageParameters(),
      responses: {
        200: plain('SigningKeyPage', 'The keys.', {
          all: {
            items: everyAlgorithm((of) => [first(of, 'next'), first(of, 'active')]).flat(),
            next_cursor: null,
          },
        }),
        ...problems(['invalid'], [{ path: 'limit', detail: 'must not be greater than 200' }]),
      },
    }),
  },
  '/admin/v1/signing-keys/rotate': {
    post: adminOperation({
      operationId: 'rotateSigningKeys',
      tags,
      summary: 'Have every active key replaced',
      description:
        'At once where the next key is known to everybody; else as soon as it is. There is no request body.',
      responses: {
        200: plain('SigningKeyRotation', 'What has been replaced, and what will be.', {
          rotated: {
            rotated: everyAlgorithm((of) => ({ alg: of, kid: NEXT[of], retired_kid: ACTIVE[of] })),
            awaited: [],
          },
          awaited: {
            rotated: [],
            awaited: everyAlgorithm((of) => ({
              alg: of,
              kid: AFTER_NEXT[of],
              usable_from: '2026-02-05T09:36:00.000Z',
            })),
          },
        }),
        ...problems([]),
      },
    }),
  },
};
