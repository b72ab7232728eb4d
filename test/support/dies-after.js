import { MysqlQueryRunner } from 'typeorm/driver/mysql/MysqlQueryRunner.js';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';

/**
 * Preloaded into the service, it kills the process in the middle of a refresh: when the database has executed the
 * statement that consumes the token, or the first after it, that begins with `DIES_AFTER`.
 */
const beginning = process.env.DIES_AFTER;
let exchanging = false;

for (const { prototype } of [MysqlQueryRunner, BetterSqlite3QueryRunner]) {
  const { query } = prototype;
  prototype.query = async function (statement, ...rest) {
    const result = await query.call(this, statement, ...rest);
    exchanging ||= /^UPDATE\W+refresh_tokens\b/.test(statement);
    if (exchanging && statement.startsWith(beginning)) process.kill(process.pid, 'SIGKILL');
    return result;
  };
}
