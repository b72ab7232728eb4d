import { INITIALIZER_FILE, SWAGGER_UI_FILES } from './docs-page.js';
import { type Operation, type Paths, type Schemas } from './openapi-object.js';
import { NO_STORE, cacheable, ifNoneMatch, notModified } from './response-headers.js';
import { json, object, oneOfValues, ref, text } from './schema.js';

export const serviceEndpointSchemas: Schemas = {
  Health: object(
    {
      status: oneOfValues(['ok', 'unavailable'], 'Whether it is well.'),
      reason: oneOfValues(['database', 'migrations', 'shutting down'], 'What is in the way.'),
    },
    { optional: ['reason'] },
  ),
  // Nest's own shape.
  NotFound: object({
    statusCode: { type: 'integer', const: 404 },
    message: { type: 'string', const: 'Not found' },
  }),
};

function health(operationId: string, summary: string, responses: Operation['responses']): Operation {
  return { operationId, tags: ['Service'], summary, security: [{}], responses };
}

const healthy = (description: string) => ({
  description,
  headers: NO_STORE,
  content: json(ref('Health'), { ok: { status: 'ok' } }),
});

export const serviceEndpointPaths: Paths = {
  '/health/live': {
    get: health('readLiveness', 'May this process live?', {
      200: healthy('It may, whether or not the database can be reached.'),
    }),
  },
  '/health/ready': {
    get: health('readReadiness', 'May this process be sent requests?', {
      200: healthy('The database can be reached, and its migrations have been applied.'),
      503: {
        description: 'Not now. Answered within two seconds.',
        headers: NO_STORE,
        content: json(ref('Health'), {
          database: { status: 'unavailable', reason: 'database' },
          migrations: { status: 'unavailable', reason: 'migrations' },
          shuttingDown: { status: 'unavailable', reason: 'shutting down' },
        }),
      },
    }),
  },
  '/metrics': {
    get: {
      operationId: 'readMetrics',
      tags: ['Service'],
      summary: 'Read the metrics',
      description: 'For Prometheus; of all processes behind the port. Not for the public.',
      security: [{}],
      responses: {
        200: {
          description: 'The text format of Prometheus, version 0.0.4.',
          headers: NO_STORE,
          content: { 'text/plain': { schema: text('Metrics.') } },
        },
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'readOpenapiDocument',
      tags: ['Service'],
      summary: 'Read this document',
      security: [{}],
      parameters: [ifNoneMatch],
      responses: {
        200: {
          description: 'The document.',
          headers: cacheable(300),
          content: { 'application/json': { schema: { type: 'object' } } },
        },
        304: notModified(300),
      },
    },
  },
  '/docs': {
    get: {
      operationId: 'readDocs',
      tags: ['Service'],
      summary: 'Read this document as a page',
      security: [{}],
      responses: {
        200: {
          description: 'Swagger UI.',
          headers: {
            'Content-Security-Policy': {
              description: 'Nothing comes from elsewhere.',
              required: true,
              schema: { type: 'string' },
            },
          },
          content: { 'text/html': { schema: text('HTML.') } },
        },
      },
    },
  },
  '/docs/{file}': {
    get: {
      operationId: 'readDocsFile',
      tags: ['Service'],
      summary: 'Read a file of that page',
      security: [{}],
      parameters: [
        {
          name: 'file',
          in: 'path',
          required: true,
          description: 'One of those that the page names.',
          schema: { type: 'string' },
          examples: {
            file: { value: INITIALIZER_FILE },
            ...Object.fromEntries(SWAGGER_UI_FILES.map((file) => [file, { value: file }])),
            notFound: { value: 'index.html' },
          },
        },
      ],
      responses: {
        200: {
          description: 'The file.',
          content: {
            'text/javascript': { schema: text('A script.') },
            'text/css': { schema: text('A style sheet.') },
            'image/png': { schema: { description: 'The icon.' } },
          },
        },
        404: {
          description: 'The page has no such file.',
          content: json(ref('NotFound'), { notFound: { statusCode: 404, message: 'Not found' } }),
        },
      },
    },
  },
};
