import { connect, createServer, type AddressInfo } from 'node:net';
import { Problem } from '#cli/problem.ts';
import { readJson, writeWhole } from '../files.ts';
import { SANDBOX_PORTS } from '../sandbox/vendors.ts';

/** What listens, and the port it has unless that one is taken. All below the range systems hand out for outgoing calls. */
export const PORTS = {
  api: 3000,
  worker: 3001,
  postgres: 15432,
  temporal: 7233,
  temporalHttp: 7243,
  temporalUi: 8233,
  ...SANDBOX_PORTS,
} as const;
export type PortName = keyof typeof PORTS;
export type Ports = Record<PortName, number>;

const LOOPBACK = '127.0.0.1';
const TRIES = 100;

/**
 * A port for everything that is to listen on this machine. The ports of the last start are kept where they are free,
 * so that bookmarks and scripts stay right.
 * @param file  remembers them
 * @param onMoved  hears of each that is not where it was, or would have been the first time
 */
export async function choosePorts(
  file: string,
  names: PortName[],
  onMoved: (name: PortName, taken: number, port: number) => void,
): Promise<Ports> {
  const remembered = readJson<Partial<Ports>>(file, {});
  const ports: Ports = { ...PORTS, ...remembered };
  const given = new Set<number>();
  for (const name of names) {
    const wish = ports[name];
    const port = await firstFree(wish, given);
    if (port !== wish) onMoved(name, wish, port);
    ports[name] = port;
    given.add(port);
  }
  writeWhole(file, `${JSON.stringify(ports, null, 2)}\n`);
  return ports;
}

async function firstFree(wish: number, given: Set<number>): Promise<number> {
  for (let port = wish; port < wish + TRIES; port += 1) {
    if (!given.has(port) && (await isFree(port))) return port;
  }
  throw new Problem(`No port from ${wish} to ${wish + TRIES - 1} is free on ${LOOPBACK}.`, {
    waysOut: ['End what listens there (`ss -ltnp` or `lsof -iTCP -sTCP:LISTEN` name it), then start again.'],
  });
}

/** Whether nobody answers there and we may listen: macOS lets one listen beside a listener on all addresses. */
export async function isFree(port: number): Promise<boolean> {
  return !(await answers(port)) && (await canListen(port));
}

/** Any free port, for what only programs have to find. */
export function anyPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: LOOPBACK }, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
