import { RequestMethod } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { GrantTypes } from '../src/applications/grant-types.js';
import { type OpenApiObject } from '../src/openapi/openapi-object.js';
import { operationsOf } from './support/openapi-operations.js';
import { startService, type RunningService } from './support/service.js';
import { ISSUER } from '../src/testing/start-ciam.js';

let service: RunningService;
let document: OpenApiObject;

beforeAll(async () => {
  service = await startService();
  document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApiObject;
});

afterAll(() => service.close());

/** What Express has a route for, but for the routes of what is left, which every method has, and for preflights. */
function routes(): string[] {
  const { router } = service.app.getHttpAdapter().getInstance() as {
    router: { stack: { route?: { path: string; stack: { method?: string }[] } }[] };
  };
  return router.stack.flatMap(({ route }) => {
    const methods = new Set(route?.stack.map(({ method = 'all' }) => method.toUpperCase()));
    return methods.size > 1 || methods.has('ALL') || methods.has('OPTIONS')
      ? []
      : [...methods].map((method) => named(method, route!.path));
  });
}

/** What controllers declare. */
function handlers(): string[] {
  const controllers = service.app.get(DiscoveryService, { strict: false }).getControllers();
  return controllers.flatMap(({ metatype }) => {
    const prototype = (metatype as { prototype: Record<string, object> }).prototype;
    return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
      const method = Reflect.getMetadata('method', prototype[name]!) as RequestMethod | undefined;
      if (method === undefined || [RequestMethod.ALL, RequestMethod.OPTIONS].includes(method)) return [];
      const paths = [Reflect.getMetadata('path', prototype[name]!)].flat() as string[];
      const prefix = Reflect.getMetadata('path', metatype!) as string;
      return paths.map((path) => named(RequestMethod[method], `/${prefix}/${path}`));
    });
  });
}

/** However a parameter is called. */
function named(method: string, path: string): string {
  const plain = path.replaceAll(/:\w+|\{\w+\}/g, '{}').replaceAll(/\/+/g, '/');
  return `${method} ${plain.length > 1 ? plain.replace(/\/$/, '') : plain}`;
}

describe('the document', () => {
  it('has every route, and no others', () => {
    const documented = operationsOf(document).map(({ method, path }) => named(method, path));
    expect(documented.sort()).toEqual(routes().sort());
    expect(documented).toEqual(handlers().sort());
  });

  it('names every grant of the token endpoint', () => {
    const { schema } = document.paths['/oauth2/token']!.post!.requestBody!.content['application/json']!;
    const { mapping } = schema.discriminator as { mapping: object };
    expect(Object.keys(mapping).sort()).toEqual(service.app.get(GrantTypes).names());
  });

  it('has its base where the issuer is, whoever asks', async () => {
    const response = await fetch(`${service.url}/openapi.json`, { headers: { Host: 'attacker.example' } });
    expect(((await response.json()) as OpenApiObject).servers).toEqual([{ url: ISSUER }]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
      'x-content-type-options': 'nosniff',
    });
  });

  it('has the admin API, though it is off', async () => {
    expect((await fetch(`${service.url}/admin/v1/users`)).status).toBe(404);
    expect(document.paths['/admin/v1/users']).toBeDefined();
  });
});

describe('/docs', () => {
  /** The page as a browser finds it, at the path that a proxy may have put before it. */
  async function page() {
    const response = await fetch(`${service.url}/docs`);
    const html = await response.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link!);
    return { response, html, links };
  }

  it('is a page whose every file is there', async () => {
    const { response, links } = await page();
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(links).toHaveLength(5);
    for (const link of links) {
      const file = await fetch(new URL(link, `${service.url}/docs`));
      const bytes = await file.arrayBuffer();
      expect([link, file.status, bytes.byteLength > 100]).toEqual([link, 200, true]);
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('has nothing from elsewhere, and no script in itself', async () => {
    const { response, html, links } = await page();
    const policy = response.headers.get('content-security-policy')!.split('; ');
    expect(policy).toEqual(expect.arrayContaining(["default-src 'none'", "script-src 'self'"]));
    expect(policy.join()).not.toMatch(/unsafe|https?:|\*/);
    expect(html).not.toMatch(/:\/\/|<script>|<style|\son\w+=/);
    // Relative: it works behind a path that a proxy takes off.
    expect(links.filter((link) => !/^docs\/[\w.-]+$/.test(link))).toEqual([]);
    const script = await (await fetch(`${service.url}/docs/initializer.js`)).text();
    expect(script).toContain("url: 'openapi.json'");
    expect(script).toContain('validatorUrl: null');
  });

  it('keeps its files where they are known already', async () => {
    const first = await fetch(`${service.url}/docs/swagger-ui.css`);
    const headers = { 'If-None-Match': first.headers.get('etag')!, 'Cache-Control': 'max-age=0' };
    expect((await fetch(`${service.url}/docs/swagger-ui.css`, { headers })).status).toBe(304);
  });

  it.each([
    'swagger-ui-bundle.js.map',
    'package.json',
    'absolute-path.js',
    '..%2Fpackage.json',
    '%2E%2E',
    'swagger-ui.css/',
  ])('serves no %s', async (file) => {
    const response = await fetch(`${service.url}/docs/${file}`);
    expect([response.status, await response.json()]).toEqual([
      404,
      { statusCode: 404, message: 'Not found' },
    ]);
  });

  it.each(['/docs/', '/DOCS', '/openapi.json/'])('is not at %s', async (path) => {
    expect((await fetch(service.url + path)).status).toBe(404);
  });
});
