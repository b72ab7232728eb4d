import { serverFaults } from './server-faults.js';

describe('a database server', () => {
  it.each([
    ['MariaDB 10.6.0-MariaDB-log', {}],
    ['MariaDB 11.4.2-MariaDB', { log_bin: 'OFF', binlog_format: 'STATEMENT', read_only: 'OFF' }],
    ['MySQL 8.0.36', { log_bin: 'ON', binlog_format: 'ROW', read_only: 'OFF' }],
    ['MySQL 9.1.0', { log_bin: 'ON', binlog_format: 'MIXED' }],
  ])('will do: %s %j', (version, variables) => {
    expect(serverFaults(version, variables)).toEqual([]);
  });

  it.each([
    [
      'MariaDB 10.5.23-MariaDB',
      {},
      /^MariaDB 10\.5\.23-MariaDB is too old: MariaDB 10\.6 or later is needed$/,
    ],
    ['MySQL 5.7.44', {}, /^MySQL 5\.7\.44 is too old: MySQL 8\.0 or later is needed$/],
    ['MySQL 8.0.36', { log_bin: 'ON', binlog_format: 'STATEMENT' }, /^binlog_format is STATEMENT/],
    ['MariaDB 11.4.2-MariaDB', { read_only: 'ON' }, /^The server takes no writes/],
    ['MariaDB 12.0.2-MariaDB', { read_only: 'NO_LOCK' }, /^The server takes no writes/],
  ])('will not do: %s %j', (version, variables, fault) => {
    expect(serverFaults(version, variables)).toEqual([expect.stringMatching(fault)]);
  });
});
