import { isIP } from 'node:net';
import { type Request } from 'express';

/** What an audit event keeps; only a zone index could make an address longer. */
const LONGEST_ADDRESS = 45;

/** Whoever sends a request, as far as the network tells. */
export interface Requester {
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
}

export function requesterOf(request: Request): Requester {
  return { address: addressOf(request), userAgent: request.headers['user-agent'] };
}

/** The client's IP address; a trusted proxy may send anything as one. */
function addressOf({ ip }: Request): string | undefined {
  return ip !== undefined && isIP(ip) > 0 ? ip.slice(0, LONGEST_ADDRESS) : undefined;
}
