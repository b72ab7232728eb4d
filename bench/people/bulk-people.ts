import { type Connection } from 'mysql2/promise';
import { onConnection } from '../programs/database.js';
import { AUTH_SOURCE, CLIENTS, JSCODE_GRANT } from '../programs/service.js';
import { APP_ID } from './people.js';

/** A few seconds apart, from a fixed day. */
const FIRST_MS = 1_780_000_000_000;
const LOGINS_PER_PERSON = 3;
const DETAIL = JSON.stringify({ grant_type: JSCODE_GRANT, scope: 'openid profile phone' });

/**
 * Writes people 0 to `count` - 1 as logins of theirs would have left them: a user, two identities and three audit
 * events each.
 *
 * @param databaseUrl migrated, without any of them
 */
export async function writePeople(databaseUrl: string, count: number): Promise<void> {
  await onConnection(databaseUrl, async (connection) => {
    await connection.query(
      'SET SESSION unique_checks = 0, foreign_key_checks = 0, sort_buffer_size = 268435456',
    );
    await writeUsers(connection, count);
    await writeIdentities(connection, count);
    await writeAuditEvents(connection, count * LOGINS_PER_PERSON, count);
    await connection.query('ANALYZE TABLE users, external_identities, audit_events');
  });
}

/** Waits until the server has written to its files what it was given: what is measured next is not to pay for it. */
export async function settle(databaseUrl: string): Promise<void> {
  await onConnection(databaseUrl, async (connection) => {
    const [rows] = await connection.query('SELECT @@innodb_max_dirty_pages_pct AS share');
    const [{ share }] = rows as [{ share: number }];
    await connection.query('SET GLOBAL innodb_max_dirty_pages_pct = 0');
    for (let dirty = Infinity; dirty > FEW_PAGES;) {
      await connection.query('DO SLEEP(0.2)');
      const [status] = await connection.query(`SHOW STATUS LIKE 'Innodb_buffer_pool_pages_dirty'`);
      dirty = Number((status as [{ Value: string }])[0].Value);
    }
    await connection.query(`SET GLOBAL innodb_max_dirty_pages_pct = ${share}`);
  });
}

const FEW_PAGES = 200;

/** A UUID version 7: ordered by time as the service's are. */
function uuid(ms: string, number: string): string {
  const time = `LPAD(HEX(${ms}), 12, '0')`;
  const parts = `LEFT(${time}, 8), '-', RIGHT(${time}, 4), '-7000-8000-', LPAD(HEX(${number}), 12, '0')`;
  return `LOWER(CONCAT(${parts}))`;
}

const createdAt = (number: string) => `${FIRST_MS} + ${number} * 2000`;
const userId = (person: string) => uuid(createdAt(person), person);

/** As `openid` and `unionid` of the people. */
function subject(kind: 'openid' | 'unionid'): string {
  const base64 = `LEFT(TO_BASE64(UNHEX(SHA1(CONCAT('${kind}-', seq)))), 27)`;
  return `CONCAT('o', REPLACE(REPLACE(${base64}, '+', '-'), '/', '_'))`;
}

async function writeUsers(connection: Connection, count: number): Promise<void> {
  await connection.query(
    `INSERT INTO users (id, status, custom, created_at, updated_at)
     SELECT ${userId('seq')}, 'NORMAL', '{}', ${createdAt('seq')}, ${createdAt('seq')} FROM seq_0_to_${count - 1}`,
  );
}

/** In the order of their keys: openids look like nothing. */
async function writeIdentities(connection: Connection, count: number): Promise<void> {
  const select = (type: string, issuer: string, kind: 'openid' | 'unionid') =>
    `SELECT '${type}' AS type, '${issuer}' AS issuer, ${subject(kind)} AS subject,
       ${userId('seq')} AS user_id, ${createdAt('seq')} AS created_at FROM seq_0_to_${count - 1}`;
  await connection.query(
    `INSERT INTO external_identities (type, issuer, subject, user_id, created_at)
     SELECT * FROM (${select('wechat_openid', APP_ID, 'openid')}
       UNION ALL ${select('wechat_unionid', 'default', 'unionid')}) AS identities
     ORDER BY type, issuer, subject`,
  );
}

/** Of people in no order. */
async function writeAuditEvents(connection: Connection, count: number, people: number): Promise<void> {
  const person = `(seq * 7919) MOD ${people}`;
  await withoutIndices(connection, 'audit_events', () =>
    connection.query(
      `INSERT INTO audit_events
         (id, type, created_at, client_id, auth_source_id, user_id, address, user_agent, detail)
       SELECT ${uuid(createdAt('seq'), 'seq')}, 'login_succeeded', ${createdAt('seq')}, '${CLIENTS.rs256}',
         '${AUTH_SOURCE}', ${userId(person)}, '127.0.0.1', NULL, '${DETAIL}' FROM seq_0_to_${count - 1}`,
    ),
  );
}

interface IndexDefinition {
  readonly name: string;
  readonly columns: string;
}

/** Six indexes that are each made at once, of sorted entries, are there sooner than six that grow row by row. */
async function withoutIndices(
  connection: Connection,
  table: string,
  write: () => Promise<unknown>,
): Promise<void> {
  const [rows] = await connection.query(
    `SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
     FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = '${table}' AND index_name <> 'PRIMARY'
     GROUP BY index_name`,
  );
  const indices = rows as IndexDefinition[];
  const alter = (change: (index: IndexDefinition) => string) =>
    connection.query(`ALTER TABLE ${table} ${indices.map(change).join(', ')}`);
  await alter(({ name }) => `DROP INDEX ${name}`);
  await write();
  await alter(({ name, columns }) => `ADD INDEX ${name} (${columns})`);
}
