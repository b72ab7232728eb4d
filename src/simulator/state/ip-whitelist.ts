import { BlockList, isIPv4 } from 'node:net';

const ENTRY = /^(\d+\.\d+\.\d+)\.(?:(\d+)(?:\/(\d+))?|\*)$/;

/**
 * Whether an entry has one of the three forms of WeChat's whitelist: `1.2.3.4`, `1.2.3.*`, `1.2.3.0/24`.
 *
 * @see https://developers.weixin.qq.com/doc/oplatform/developers/basic_func/ip_whitelist.html
 */
export function isWhitelistEntry(entry: string): boolean {
  const [, network, host, bits] = ENTRY.exec(entry) ?? [];
  return network !== undefined && isIPv4(`${network}.${host ?? 0}`) && Number(bits ?? 32) <= 32;
}

/** Whether an address is IPv4 and covered by one of the entries. */
export function isWhitelisted(address: string, entries: readonly string[]): boolean {
  const list = new BlockList();
  for (const entry of entries) {
    const [, network, host, bits] = ENTRY.exec(entry) ?? [];
    list.addSubnet(`${network}.${host ?? 0}`, host === undefined ? 24 : Number(bits ?? 32));
  }
  return isIPv4(address) && list.check(address);
}
