import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: (\d+)/i;

/**
 * One keep-alive connection that carries one request at a time. It reads no more of HTTP than status and
 * Content-Length, so that the generator costs little beside what it measures.
 */
export async function openConnection(port: number) {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let rest: Buffer = Buffer.alloc(0);
  let onAnswer: ((answer: Answer) => void) | null = null;
  let onLoss: ((error: Error) => void) | null = null;

  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const headEnd = rest.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = rest.toString('latin1', 0, headEnd);
    const length = Number(LENGTH.exec(head)?.[1] ?? Number.NaN);
    const end = headEnd + 4 + length;
    if (!(rest.length >= end)) return;
    const answer = { status: Number(head.slice(9, 12)), body: rest.toString('utf8', headEnd + 4, end) };
    rest = rest.subarray(end);
    const tell = onAnswer!;
    onAnswer = null;
    tell(answer);
  });
  const lost = (error?: Error) => onLoss?.(error ?? new Error(`The server on port ${port} closed a connection.`));
  socket.on('error', lost);
  socket.on('close', () => lost());

  return {
    /** Sends, and hears the answer in the same turn it arrived in. */
    ask(request: Buffer, heard: (answer: Answer) => void, failed: (error: Error) => void) {
      onAnswer = heard;
      onLoss = failed;
      socket.write(request);
    },
    close() {
      onLoss = null;
      socket.destroy();
    },
  };
}
export type Connection = Awaited<ReturnType<typeof openConnection>>;
