/** The oldest release of each server that the service works with. */
const OLDEST = { MariaDB: [10, 6], MySQL: [8, 0] } as const;

/**
 * What keeps a MySQL or MariaDB server from doing what the service needs.
 *
 * @param version such as `MariaDB 10.11.6-MariaDB`
 * @param variables the server's own
 * @see https://dev.mysql.com/doc/refman/8.0/en/innodb-transaction-isolation-levels.html
 */
export function serverFaults(version: string, variables: Readonly<Record<string, string>>): string[] {
  const faults: string[] = [];
  const product = version.startsWith('MariaDB') ? 'MariaDB' : 'MySQL';
  const [major = 0, minor = 0] = (/\d+\.\d+/.exec(version)?.[0] ?? '').split('.').map(Number);
  const [oldest, oldestMinor] = OLDEST[product];
  if (major < oldest || (major === oldest && minor < oldestMinor)) {
    faults.push(`${version} is too old: ${product} ${oldest}.${oldestMinor} or later is needed`);
  }
  const { log_bin, binlog_format, read_only } = variables;
  if (log_bin === 'ON' && binlog_format === 'STATEMENT') {
    faults.push('binlog_format is STATEMENT, with which the server refuses every write: set ROW or MIXED');
  }
  if (read_only !== undefined && read_only !== 'OFF') {
    faults.push('The server takes no writes (read_only): is it a replica? Name the primary in DATABASE_URL');
  }
  return faults;
}
