import { createPool, type RowDataPacket } from 'mysql2/promise';

export const PEER_CLIENT = 'BENCH_PEER';

/** The peer's own table, with the people that our service knows. */
const PEER_TABLE = 'bench_peer_users';

/** Fills the table from the users of the service, in their database. */
export const FILL_PEER_TABLE = [
  `CREATE TABLE ${PEER_TABLE} (
     id VARCHAR(36) NOT NULL PRIMARY KEY,
     openid VARCHAR(128) NOT NULL UNIQUE,
     last_login_at BIGINT NOT NULL
   )`,
  `INSERT INTO ${PEER_TABLE} SELECT user_id, subject, created_at FROM external_identities
     WHERE type = 'wechat_openid'`,
];

interface Row extends RowDataPacket {
  readonly id: string;
}

export class PeerUsers {
  private readonly pool;

  constructor(databaseUrl: string) {
    this.pool = createPool({ uri: databaseUrl, connectionLimit: 10 });
  }

  /** @returns the id of the user */
  async signedIn(openid: string): Promise<string> {
    const [rows] = await this.pool.execute<Row[]>(`SELECT id FROM ${PEER_TABLE} WHERE openid = ?`, [openid]);
    const { id } = rows[0]!;
    await this.pool.execute(`UPDATE ${PEER_TABLE} SET last_login_at = ? WHERE id = ?`, [Date.now(), id]);
    return id;
  }
}
