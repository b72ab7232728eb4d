import { type Span } from '@opentelemetry/api';
import { type HttpCustomAttributeFunction } from '@opentelemetry/instrumentation-http';
import { type UndiciRequest } from '@opentelemetry/instrumentation-undici';

/** Names the span of a request by its route, once Express has found one. */
export const nameOfRoute: HttpCustomAttributeFunction = (span, request) => {
  const { method, route } = request as {
    readonly method?: string;
    readonly route?: { readonly path: string };
  };
  if (!route) return;
  span.setAttribute('http.route', route.path);
  span.updateName(`${method} ${route.path}`);
};

/** Names the span of a call to WeChat by its path: those are a few. */
export function nameOfCall(span: Span, { method, path }: UndiciRequest): void {
  span.updateName(`${method} ${path.split('?')[0]}`);
}
