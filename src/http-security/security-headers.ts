import { type RequestHandler } from 'express';
import helmet from 'helmet';

const ONE_YEAR_S = 31_536_000;

/**
 * Headers that tell browsers to do as little as possible with an answer: to guess no type, to run and embed nothing, to
 * tell nobody where they come from. A page of our own says for itself what it needs.
 *
 * Browsers stay with TLS (HSTS) when the issuer has it, whoever ends it: an answer over plain HTTP must not say so. Other
 * hosts of its domain are not ours to decide about.
 *
 * @param issuer where clients find the service
 * @see https://owasp.org/www-project-secure-headers/, RFC 6797 §7.2
 */
export function securityHeaders(issuer: string): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: issuer.startsWith('https:') && {
      maxAge: ONE_YEAR_S,
      includeSubDomains: false,
    },
    // Nobody embeds an answer. What CORS lets read, this does not keep from it.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // For browsers and plug-ins of long ago.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
}
