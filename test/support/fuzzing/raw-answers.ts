import { type Answer } from './contract.js';

/** The answers that came on one connection; interim ones are not answers. Without what Node says itself. */
export function rawAnswers(received: string): Answer[] {
  return received
    .split(/(?=HTTP\/1\.[01] \d{3})/)
    .filter((text) => text !== '' && !text.startsWith('HTTP/1.1 100 '))
    .map(rawAnswer)
    .filter((answer) => !isHostMissing(answer));
}

function rawAnswer(text: string): Answer {
  const [head, ...body] = text.split('\r\n\r\n') as [string, ...string[]];
  const [statusLine, ...lines] = head.split('\r\n') as [string, ...string[]];
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: body.join('\r\n\r\n') };
}

/** Node refuses a request that names no host before it asks anybody. */
function isHostMissing({ status, headers }: Answer): boolean {
  const names = Object.keys(headers).sort().join();
  return status === 400 && names === 'connection,date,transfer-encoding';
}
