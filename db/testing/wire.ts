import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * Stands between clients and PostgreSQL and reads what they send: every statement that is executed, by its text, and how
 * often a client waited for an answer before it sent on.
 * @param target  postgres:// of the server
 */
export async function openWire(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const units: string[][] = [];
  let roundTrips = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const read = readMessages(inUnits(units));
    let isAnswered = true;
    client.on('data', (bytes) => {
      if (isAnswered) roundTrips += 1;
      isAnswered = false;
      read(bytes);
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      isAnswered = true;
      client.write(bytes);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {}).on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    /** The same address, through here. */
    through(url: string): string {
      const other = new URL(url);
      other.hostname = '127.0.0.1';
      other.port = String((server.address() as AddressInfo).port);
      return other.href;
    },
    /** What was seen since the last time: all statements, and the same by transaction. */
    take: () => {
      const transactions = units.splice(0);
      const seen = { statements: transactions.flat(), transactions, roundTrips };
      roundTrips = 0;
      return seen;
    },
    close(): void {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** From begin to commit or rollback is one; a statement outside is one by itself. */
function inUnits(units: string[][]): (text: string) => void {
  let open: string[] | undefined;
  return (text) => {
    if (!open) units.push((open = []));
    open.push(text);
    if (open[0] !== 'begin' || text === 'commit' || text === 'rollback') open = undefined;
  };
}

/** Source: PostgreSQL 17, "Message Formats": Q is a simple query, P prepares, B binds a portal, E executes it. */
function readMessages(execute: (text: string) => void): (bytes: Buffer) => void {
  const prepared = new Map<string, string>();
  let bound = '';
  let isStarted = false;
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (;;) {
      // The first message has no type.
      const at = isStarted ? 1 : 0;
      if (rest.length < at + 4) return;
      const end = at + rest.readInt32BE(at);
      if (rest.length < end) return;
      const [type, body] = [isStarted ? String.fromCharCode(rest[0]!) : '', rest.subarray(at + 4, end)];
      rest = rest.subarray(end);
      isStarted = true;
      const [first = '', second = ''] = body.toString('utf8').split('\0', 2);
      if (type === 'Q') execute(first);
      if (type === 'P') prepared.set(first, second);
      if (type === 'B') bound = second;
      if (type === 'E') execute(prepared.get(bound) ?? bound);
    }
  };
}
