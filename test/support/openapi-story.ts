import { type Content, type OpenApiObject, type Parameter } from '../../src/openapi/openapi-object.js';
import { LiveValues } from './openapi-likeness.js';
import { answersOf, titleOf, type DocumentedAnswer } from './openapi-operations.js';
import { schemaCheck, type SchemaCheck } from './openapi-schemas.js';

/** How a request differs from the documented one, which would be right. */
export interface Deviation {
  /** The request example that is sent; that of the answer's name when absent. */
  readonly like?: string;
  /** Members of the body; an undefined one is left out. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Instead of the body. */
  readonly body?: string;
  readonly method?: string;
  /** With the first content type alone. */
  readonly once?: boolean;
  readonly query?: Readonly<Record<string, string>>;
  /** An undefined one is left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/**
 * Sends the requests of the documentation's examples to a running service, in an order that makes sense, and compares
 * its answers with those of the documentation.
 */
export class Story {
  readonly values = new LiveValues();
  /** The last one that was answered. */
  etag = '';
  private readonly answers: ReadonlyMap<string, DocumentedAnswer>;
  private readonly untold: Set<string>;
  private readonly faults: SchemaCheck;

  /** @param credentials what goes into `Authorization`, by security scheme */
  constructor(
    private readonly url: string,
    document: OpenApiObject,
    private readonly credentials: Readonly<Record<string, () => string>>,
  ) {
    this.answers = new Map(answersOf(document).map((answer) => [titleOf(answer), answer]));
    this.untold = new Set(this.answers.keys());
    this.faults = schemaCheck(document);
  }

  /** The answers whose examples have not been met, of the paths that are meant. */
  left(paths: RegExp): string[] {
    return [...this.untold].filter((title) => paths.test(this.answers.get(title)!.path));
  }

  /** Every operation whose answer of that name is documented, of the paths that are meant. */
  operationsWith(example: string, paths: RegExp): string[] {
    const answers = [...this.answers.values()].filter(
      (answer) => answer.example === example && paths.test(answer.path),
    );
    return answers.map(({ operation }) => operation.operationId);
  }

  /**
   * Has the service give the answer of that name; with every content type that the request can have.
   *
   * @param example the answer's; its status when it has none
   */
  async tell(operationId: string, example: string, deviation: Deviation = {}): Promise<void> {
    const title = `${operationId} ${example}`;
    const answer = this.answers.get(title);
    if (!answer) throw new Error(`The document has no answer ${title}`);
    const types = Object.keys(answer.operation.requestBody?.content ?? {});
    const isOnce = deviation.once === true || deviation.body !== undefined;
    for (const type of types.length === 0 ? [''] : isOnce ? types.slice(0, 1) : types) {
      const response = await this.send(answer, type, deviation);
      this.etag = response.headers.get('etag') ?? this.etag;
      await this.compare(answer, response, `${title} ${type}`.trim());
    }
    this.untold.delete(title);
  }

  private async send(answer: DocumentedAnswer, type: string, deviation: Deviation): Promise<Response> {
    const { operation } = answer;
    const name = deviation.like ?? answer.example;
    const parameters = operation.parameters ?? [];
    const given = (place: Parameter['in']) =>
      parameters
        .filter((parameter) => parameter.in === place && parameter.examples?.[name] !== undefined)
        .map((parameter) => [parameter.name, String(this.values.of(parameter.examples![name]!.value))]);
    const url = new URL(this.url + this.path(answer, name));
    for (const [key, value] of [...given('query'), ...Object.entries(deviation.query ?? {})]) {
      url.searchParams.set(key!, value!);
    }
    const headers = new Headers({
      ...this.authorization(answer),
      ...(Object.fromEntries(given('header')) as Record<string, string>),
    });
    if (type) headers.set('Content-Type', type);
    for (const [header, value] of Object.entries(deviation.headers ?? {})) {
      if (value === undefined) headers.delete(header);
      else headers.set(header, value);
    }
    const method = deviation.method ?? answer.method;
    const body = deviation.body ?? this.body(operation.requestBody?.content, type, name, deviation);
    return fetch(url, { method, headers, body, redirect: 'manual' });
  }

  private path({ path, operation }: DocumentedAnswer, name: string): string {
    return path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => {
      const examples = operation.parameters!.find((each) => each.name === parameter)!.examples!;
      const { value } = examples[name] ?? Object.values(examples)[0]!;
      return encodeURIComponent(this.values.of(String(value)));
    });
  }

  private authorization({ operation: { security } }: DocumentedAnswer): Record<string, string> {
    const isOptional = security.some((scheme) => Object.keys(scheme).length === 0);
    const [scheme] = isOptional ? [] : Object.keys(security[0]!);
    return scheme === undefined ? {} : { Authorization: this.credentials[scheme]!() };
  }

  private body(
    content: Content | undefined,
    type: string,
    name: string,
    { members }: Deviation,
  ): string | undefined {
    const examples = content?.[type]?.examples ?? {};
    const example = examples[name] ?? (members && Object.values(examples)[0]);
    if (!example) return undefined;
    const body = this.values.of({ ...(example.value as Record<string, unknown>), ...members });
    return type === 'application/x-www-form-urlencoded' ? formOf(body) : JSON.stringify(body);
  }

  private async compare({ example, status, response }: DocumentedAnswer, actual: Response, title: string) {
    const text = await actual.text();
    const [type = 'nothing'] = (actual.headers.get('content-type') ?? '').split(';').filter(Boolean);
    const media = response.content?.[type];
    const isJson = media !== undefined && type.endsWith('json');
    const body: unknown = isJson ? JSON.parse(text) : undefined;
    const documented = media?.examples?.[example]?.value;
    const headers = Object.entries(response.headers ?? {}).flatMap(
      ([header, { required, schema, examples }]) => {
        const value = actual.headers.get(header);
        const exact = this.values.of(examples?.[example]?.value);
        if (value === null) return required ? [`${header} is missing`] : [];
        if (exact !== undefined && exact !== value) return [`${header} is ${value}`];
        return this.faults(schema, value).map((fault) => `${header} ${fault}`);
      },
    );
    expect({
      title,
      status: actual.status,
      // Of what is not documented all is told.
      type: media ? 'as documented' : `${type} ${text.slice(0, 500)}`.trim(),
      headers,
      faults: isJson ? this.faults(media.schema, body) : [],
      body: documented === undefined ? undefined : this.values.told(body, documented),
    }).toEqual({
      title,
      status,
      type: response.content ? 'as documented' : 'nothing',
      headers: [],
      faults: [],
      body: documented,
    });
  }
}

function formOf(body: Readonly<Record<string, unknown>>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) {
    for (const each of [value].flat() as (string | boolean | undefined)[]) {
      if (each !== undefined) form.append(name, String(each));
    }
  }
  return form.toString();
}
