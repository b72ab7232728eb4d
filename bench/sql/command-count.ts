/** Bytes of a packet's header: the length of what follows in three, its number in the exchange in one. */
const HEADER = 4;

const [COM_QUIT, COM_QUERY, COM_STMT_EXECUTE, COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE] = [
  0x01, 0x03, 0x17, 0x18, 0x19,
];
const STATEMENTS: ReadonlySet<number> = new Set([COM_QUERY, COM_STMT_EXECUTE]);
const UNANSWERED: ReadonlySet<number> = new Set([COM_QUIT, COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE]);

/**
 * What clients ask of a MySQL server, read off their connections.
 *
 * A packet with the number 0 begins a command. What is sent before the server has said anything to what was sent
 * before is in the same round trip.
 *
 * @see https://mariadb.com/docs/server/reference/clientserver-protocol/0-packet
 */
export class CommandCount {
  /** Text and prepared statements that were run; several in one command are one. */
  statements = 0;
  roundTrips = 0;

  reset(): void {
    this.statements = this.roundTrips = 0;
  }

  connection(): ConnectionCount {
    let header: number[] = [];
    let rest = 0;
    let isCommand = false;
    let answered = true;

    const command = (code: number) => {
      if (STATEMENTS.has(code)) this.statements++;
      if (UNANSWERED.has(code) || !answered) return;
      answered = false;
      this.roundTrips++;
    };

    const sent = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length;) {
        if (rest > 0) {
          if (isCommand) command(bytes[at]!);
          isCommand = false;
          const taken = Math.min(rest, bytes.length - at);
          rest -= taken;
          at += taken;
          continue;
        }
        header.push(bytes[at++]!);
        if (header.length < HEADER) continue;
        const [low, middle, high, number] = header as [number, number, number, number];
        rest = low + middle * 2 ** 8 + high * 2 ** 16;
        isCommand = number === 0 && rest > 0;
        header = [];
      }
    };

    return { sent, answered: () => (answered = true) };
  }
}

export interface ConnectionCount {
  /** The client has sent this. */
  sent(bytes: Uint8Array): void;
  /** The server has sent something. */
  answered(): void;
}
