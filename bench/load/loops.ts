import { openConnection, type Answer, type Connection } from './connection.ts';
import { checkAnswer, type Question } from './questions.ts';

export interface LoopResult {
  answers: number;
  seconds: number;
  perSecond: number;
  /** Milliseconds, by share of the answers; from the moment a request was due. */
  latency: { p50: number; p90: number; p99: number; max: number };
}

/** Every so many answers one is compared with what the seeded rows say. */
const CHECK_EACH = 100;

function checking(isProduct: boolean) {
  let heard = 0;
  return (question: Question, { status, body }: Answer) => {
    if (status !== 200) throw new Error(`Status ${status} voids the run: ${body.slice(0, 300)}`);
    heard += 1;
    if (isProduct && heard % CHECK_EACH === 0) checkAnswer(question, body);
  };
}

const openAll = (port: number, count: number) => Promise.all(Array.from({ length: count }, () => openConnection(port)));

interface LoopOptions {
  port: number;
  connections: number;
  questions: Question[];
  isProduct: boolean;
}

/** Closed loop: each connection asks again as soon as it heard. Ends by time, or when the questions are used up. */
export async function closedLoop({
  port,
  connections,
  questions,
  isProduct,
  seconds,
}: LoopOptions & { seconds: number }) {
  const open = await openAll(port, connections);
  const check = checking(isProduct);
  const latencies: number[] = [];
  let next = 0;
  let running = open.length;
  const began = performance.now();
  const endsAt = began + seconds * 1000;
  let endedAt = began;
  try {
    await new Promise<void>((resolve, reject) => {
      const askOn = (connection: Connection) => {
        const question = questions[isProduct ? next : next % questions.length];
        const at = performance.now();
        if (!question || at >= endsAt) {
          endedAt = at;
          running -= 1;
          if (running === 0) resolve();
          return;
        }
        next += 1;
        const heard = (answer: Answer) => {
          try {
            check(question, answer);
          } catch (error) {
            reject(error);
            return;
          }
          latencies.push(performance.now() - at);
          askOn(connection);
        };
        connection.ask(question.bytes, heard, reject);
      };
      for (const connection of open) askOn(connection);
    });
  } finally {
    for (const connection of open) connection.close();
  }
  return summary(latencies, (endedAt - began) / 1000);
}

/**
 * Open loop: questions are due at a fixed rate whatever the server does. One that finds no idle connection waits,
 * and its wait counts, as does the time a tick was late: nothing is left out because the server was slow.
 */
export async function openLoop({ port, connections, questions, isProduct, rate }: LoopOptions & { rate: number }) {
  const idle = await openAll(port, connections);
  const all = [...idle];
  const check = checking(isProduct);
  const latencies: number[] = [];
  const began = performance.now();
  let next = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      const send = () => {
        const now = performance.now();
        while (next < questions.length && idle.length > 0) {
          const dueAt = began + (next * 1000) / rate;
          if (dueAt > now) break;
          const question = questions[next]!;
          // In turn: a server closes a connection that stays idle.
          const connection = idle.shift()!;
          next += 1;
          const heard = (answer: Answer) => {
            try {
              check(question, answer);
            } catch (error) {
              reject(error);
              return;
            }
            latencies.push(performance.now() - dueAt);
            idle.push(connection);
            if (latencies.length === questions.length) resolve();
            else send();
          };
          connection.ask(question.bytes, heard, reject);
        }
      };
      const tick = () => {
        send();
        if (next < questions.length) setTimeout(tick, 1);
      };
      tick();
    });
  } finally {
    for (const connection of all) connection.close();
  }
  return summary(latencies, (performance.now() - began) / 1000);
}

function summary(latencies: number[], seconds: number): LoopResult {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
  return {
    answers: sorted.length,
    seconds,
    perSecond: sorted.length / seconds,
    latency: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
  };
}
