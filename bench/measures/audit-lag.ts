import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { audit } from '#db/audit/entry.ts';
import { verifyChain } from '#db/audit/chain.ts';
import { inTransaction, openOrm } from '#db/orm.ts';
import { newId } from '#domain/ids.ts';
import type { Measure } from '../measure.ts';

const ROUNDS = 5;
const PER_SECOND = 500;
const SECONDS = 20;
const WRITERS = 16;
const LOOK_MS = 20;
/** So much later an entry that is not chained will not be any more. */
const GIVE_UP_MS = 60_000;

export default {
  ids: ['audit-lag'],
  method:
    `the longest that any of ${PER_SECOND * SECONDS} audit entries waits, from its commit until it has its number and hash in the ` +
    `chain. Entries are written by the product's own \`audit()\`, each in a transaction of its own as hostwright_worker, at ` +
    `${PER_SECOND} a second in an open loop for ${SECONDS} s; the sequencer is the worker's, in a process of its own; the chain is ` +
    `looked at every ${LOOK_MS} ms, which is in the figure. A rate that was not reached, or a chain that does not verify, voids the run.`,
  async run(harness) {
    const database = await harness.database();
    await harness.serve('audit-sequencer', 'bench/servers/audit-sequencer.ts', {
      DATABASE_WORKER_URL: database.url('worker'),
    });
    const orm = await openOrm(database.url('worker'), WRITERS);
    const reader = new pg.Client({ connectionString: database.url('readonly') });
    await reader.connect();
    try {
      const rounds: number[] = [];
      for (let round = 1; round <= ROUNDS; round += 1) {
        const lags = await lagsOfRound(orm, reader);
        rounds.push(lags.at(-1)! / 1_000);
        const median = lags[lags.length >> 1]!;
        harness.say(
          `round ${round}: median ${median.toFixed(0)} ms, longest ${lags.at(-1)!.toFixed(0)} ms of ${lags.length}`,
        );
      }
      const { head, problem } = await verifyChain(reader);
      if (problem || head.seq !== ROUNDS * PER_SECOND * SECONDS) {
        throw new Error(`The chain has ${head.seq} entries: ${problem?.says ?? 'some are missing'}. The run is void.`);
      }
      return [{ id: 'audit-lag', unit: 's', baseline: null, must: 5, aim: 2, rounds }];
    } finally {
      await reader.end();
      await orm.close(true);
    }
  },
} satisfies Measure;

/** Writes for one round and watches the chain meanwhile. @returns milliseconds each entry waited, sorted */
async function lagsOfRound(orm: Awaited<ReturnType<typeof openOrm>>, reader: pg.Client): Promise<number[]> {
  const total = PER_SECOND * SECONDS;
  const committed = new Map<string, number>();
  const chained = new Map<string, number>();
  const began = performance.now();
  let next = 0;
  const writing = Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let n = next++; n < total; n = next++) {
        const due = began + (n * 1_000) / PER_SECOND;
        await pause(Math.max(0, due - performance.now()));
        const id = newId();
        await inTransaction(orm, async (em) =>
          audit(em, {
            id,
            at: new Date(),
            actor: { type: 'workflow', id: `order/${id}` },
            action: 'service.placed',
            object: { type: 'service', id },
            customerId: id,
            after: { node: 'ams-1', plan: 'starter' },
          }),
        );
        committed.set(id, performance.now());
      }
    }),
  );
  const inTime = writing.then(() => {
    const tookMs = performance.now() - began;
    if (tookMs > SECONDS * 1_000 * 1.05) {
      throw new Error(`Only ${Math.round((total * 1_000) / tookMs)} entries a second were written. The run is void.`);
    }
  });
  await Promise.all([inTime, watch(reader, chained, total)]);
  // One that is chained before its writer has heard of its own commit has not waited.
  return [...committed].map(([id, at]) => Math.max(0, chained.get(id)! - at)).toSorted((a, b) => a - b);
}

/** Notes when each new entry is seen in the chain, until so many were. */
async function watch(reader: pg.Client, seen: Map<string, number>, total: number): Promise<void> {
  const { rows } = await reader.query<{ seq: string }>('select coalesce(max(seq), 0) as seq from audit_chain');
  let last = Number(rows[0]!.seq);
  for (const until = performance.now() + SECONDS * 1_000 + GIVE_UP_MS; seen.size < total; await pause(LOOK_MS)) {
    const found = await reader.query<{ seq: string; entry_id: string }>(
      'select seq, entry_id from audit_chain where seq > $1 order by seq',
      [last],
    );
    const now = performance.now();
    for (const { seq, entry_id } of found.rows) {
      seen.set(entry_id, now);
      last = Number(seq);
    }
    if (now > until) throw new Error(`${total - seen.size} entries were never chained. The run is void.`);
  }
}
