import { CommandCount } from '../../bench/sql/command-count.js';

const QUERY = 0x03;
const EXECUTE = 0x17;
const CLOSE = 0x19;

/** A packet: its length in three bytes, its number, a command, and what belongs to it. */
function packet(command: number, text = '', number = 0): Buffer {
  const length = Buffer.alloc(4);
  length.writeUIntLE(1 + text.length, 0, 3);
  length[3] = number;
  return Buffer.concat([length, Buffer.from([command]), Buffer.from(text)]);
}

describe('commands on a connection', () => {
  let count: CommandCount;
  let connection: ReturnType<CommandCount['connection']>;

  beforeEach(() => {
    count = new CommandCount();
    connection = count.connection();
  });

  it('are statements and round trips', () => {
    connection.sent(packet(QUERY, 'SELECT 1'));
    connection.answered();
    connection.sent(packet(EXECUTE, 'values'));
    connection.answered();
    expect(count).toMatchObject({ statements: 2, roundTrips: 2 });
  });

  it('are one round trip when they are sent before an answer', () => {
    connection.sent(Buffer.concat([packet(QUERY, 'START TRANSACTION'), packet(QUERY, 'SELECT 1')]));
    connection.sent(packet(QUERY, 'SELECT 2'));
    expect(count).toMatchObject({ statements: 3, roundTrips: 1 });
  });

  it('are seen in whatever pieces they come', () => {
    const bytes = Buffer.concat([packet(QUERY, 'x'.repeat(70_000)), packet(QUERY, 'COMMIT')]);
    for (const byte of bytes) connection.sent(Buffer.from([byte]));
    expect(count.statements).toBe(2);
  });

  it('are neither what follows in an exchange nor what nobody answers', () => {
    connection.sent(packet(QUERY, 'handshake', 1));
    connection.sent(packet(CLOSE, 'statement'));
    expect(count).toMatchObject({ statements: 0, roundTrips: 0 });
  });

  it('of one connection do not wait for the answers of another', () => {
    connection.sent(packet(QUERY, 'SELECT 1'));
    count.connection().sent(packet(QUERY, 'SELECT 2'));
    expect(count.roundTrips).toBe(2);
  });

  it('can be counted anew', () => {
    connection.sent(packet(QUERY, 'SELECT 1'));
    count.reset();
    expect(count).toMatchObject({ statements: 0, roundTrips: 0 });
  });
});
