import { isIPv6 } from 'node:net';

/** The longest text of an IPv6 address; a trusted proxy may send anything as one. */
const LONGEST_ADDRESS = 45;

/**
 * Whom a request is counted for: an IPv4 address, also when it is written as IPv6, or the /64 network of an IPv6
 * address, which one subscriber has to himself.
 *
 * @see RFC 4291 §2.5.5.2, RFC 6177 §2
 */
export function clientNetwork(address: string): string {
  const [unscoped = ''] = address.split('%');
  if (!isIPv6(unscoped)) return unscoped.slice(0, LONGEST_ADDRESS);
  const groups = groupsOf(unscoped);
  const [high = 0, low = 0] = groups.slice(6);
  if (groups.slice(0, 6).join() === '0,0,0,0,0,65535') {
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight numbers of an IPv6 address. */
function groupsOf(address: string): number[] {
  // A URL writes an address without dots and with `::` for zeros, however it was written before.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = [], right = []] = canonical.split('::').map((side) => (side ? side.split(':') : []));
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].map((group) => parseInt(group, 16));
}
