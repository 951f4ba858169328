import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { redactText } from '#domain/log/redaction.ts';
import { onCommands } from '#db/messages/outbox.ts';
import type { Orm } from '#db/orm.ts';
import { query, statement, transaction, type Transaction } from '#db/statements.ts';
import { settlementWorkflow, SIGNALS, WORKFLOW_TYPES } from '#domain/workflows/workflow-ids.ts';
import type { SentSignal, WorkflowSender } from './workflow-sender.ts';

/** Commands of one pass, sent at the same time. */
const BATCH = 50;
/** Passes at once: a slow one must not hold up the request that just committed. */
const PASSES = 2;
const POLL_MS = 1_000;
const FIRST_WAIT_MS = 250;
const UNREADABLE = 'the command outbox could not be read; it is tried again';
/** Short while Temporal is away, so that everything goes on soon after it is back; long for what no repeat mends. */
const LONGEST_WAIT_MS = { away: 5_000, refused: 300_000 };

interface Command {
  id: string;
  kind: 'start' | 'signal';
  workflowId: string;
  name: string;
  args: unknown[];
  search: Record<string, string>;
  tries: number;
  /** Of a start: when the workflow is to begin, if not at once. */
  beginAt: Date | null;
  /** Of a signal: how its workflow was started, while that has not begun. */
  wakes: SentSignal['wakes'] | null;
}

/** Commands that go out as one. */
interface Joined extends Omit<Command, 'id' | 'tries'> {
  rows: Pick<Command, 'id' | 'tries'>[];
}

/** What a pass writes about a command. */
interface Outcome {
  id: string;
  sent_at: Date | null;
  due_at: Date;
  tries: number;
  last_error: string | null;
}

const LOOK = statement(
  'look_for_commands',
  'select from command_outbox where sent_at is null and due_at <= $asOf limit 1',
);
/** A signal waits until its workflow's start is sent: before that it would find nobody. */
const CLAIM = statement<Command>(
  'claim_commands',
  `select o.id, o.kind, o.workflow_id as "workflowId", o.name, o.args, o.search, o.tries, o.begin_at as "beginAt",
     case when s.begin_at > $asOf then jsonb_build_object('type', s.name, 'args', s.args, 'search', s.search) end as wakes
   from command_outbox o left join lateral (
     select * from command_outbox where key = 'start/' || o.workflow_id limit 1
   ) s on o.kind = 'signal'
   where o.sent_at is null and o.due_at <= $asOf and (s.id is null or s.sent_at is not null)
   order by o.due_at limit ${BATCH} for update of o skip locked`,
);
const NOTE = statement(
  'note_commands',
  `update command_outbox o set sent_at = r.sent_at, due_at = r.due_at, tries = r.tries, last_error = r.last_error
   from jsonb_to_recordset($outcomes::jsonb)
     as r(id uuid, sent_at timestamptz, due_at timestamptz, tries integer, last_error text) where o.id = r.id`,
);

export interface RelayParts {
  orm: Orm;
  temporal: WorkflowSender;
  clock: () => Date;
  log: Logger;
  /** From 0 to 1; spreads the repeats of many. */
  chance?: () => number;
}

/**
 * Sends the command outbox: starts and signals of workflows that were written with the rows they are about.
 * API and worker run one each, in every replica: a command is sent under its row's lock. It is sent at least once;
 * starts are once by their id, and workflows know a repeated signal. Nothing is given up: what fails waits longer, with
 * its error beside it.
 */
export function createRelay({ orm, temporal, clock, log, chance = Math.random }: RelayParts) {
  let running = 0;
  /** A claim is on its way; what it brings decides whether there is to be another. */
  let isClaiming = false;
  /** Committed here, and in no claim yet. */
  const wanted = new Set<string>();
  /** Somebody asked to look, whatever is there. */
  let isAsked = false;
  const closing = new AbortController();
  let looking = Promise.resolve();
  const idle = new Set<() => void>();

  const claim = async (tx: Transaction, asOf: Date): Promise<Command[]> => {
    const asked = [...wanted];
    isAsked = false;
    const commands = await tx.query(CLAIM, { asOf });
    // What was asked for and did not come is sent by another relay, or waits for something.
    for (const id of [...asked, ...commands.map((command) => command.id)]) wanted.delete(id);
    if (commands.length === BATCH) isAsked = true;
    isClaiming = false;
    begin();
    return commands;
  };

  const pass = (): Promise<void> =>
    transaction(orm, async (tx) => {
      const asOf = clock();
      const commands = await claim(tx, asOf);
      if (commands.length === 0) return;
      const outcomes = (await Promise.all(join(commands).map((joined) => send(joined, asOf)))).flat();
      tx.write(NOTE, { outcomes: JSON.stringify(outcomes) });
    });

  const send = async (joined: Joined, asOf: Date): Promise<Outcome[]> => {
    const { workflowId, name: command, rows } = joined;
    try {
      const note = await deliver(joined);
      const sentAt = clock();
      return rows.map(({ id, tries }) => ({ id, sent_at: sentAt, due_at: asOf, tries: tries + 1, last_error: note }));
    } catch (error) {
      const { name, message } = error as Error;
      const tries = Math.max(...rows.map((row) => row.tries));
      log.warn({ workflowId, command, tries: tries + 1, err: error }, 'command waits');
      const longest = isAway(error) ? LONGEST_WAIT_MS.away : LONGEST_WAIT_MS.refused;
      const wait = Math.min(longest, FIRST_WAIT_MS * 2 ** Math.min(tries, 20)) * (0.5 + chance() / 2);
      const dueAt = new Date(clock().getTime() + wait);
      const last_error = redactText(`${name}: ${message}`).slice(0, 500);
      return rows.map((row) => ({ id: row.id, sent_at: null, due_at: dueAt, tries: row.tries + 1, last_error }));
    }
  };

  /** @returns what is worth noting about a command that was sent */
  const deliver = async ({ kind, workflowId, name, args, search, beginAt, wakes }: Joined): Promise<string | null> => {
    if (kind === 'start') {
      const delayMs = beginAt ? Math.max(0, beginAt.getTime() - clock().getTime()) : 0;
      await temporal.start({ workflowId, type: name, args, search, delayMs });
      return null;
    }
    if (await temporal.signal({ workflowId, signal: name, args, wakes: wakes ?? undefined })) return null;
    if (name !== SIGNALS.paymentReported) return 'The workflow is not running any more; nobody waits for this.';
    // Money that comes after the order's end is settled by a workflow of its own; it is never dropped.
    for (const inboxId of args.map(String)) {
      await temporal.start({
        workflowId: settlementWorkflow(inboxId),
        type: WORKFLOW_TYPES.settlePayment,
        args: [{ inboxId }],
      });
    }
    return 'The order was not running any more; the payment is settled by itself.';
  };

  const run = async (): Promise<void> => {
    running += 1;
    isClaiming = true;
    try {
      await pass();
    } catch (error) {
      log.warn({ err: error }, UNREADABLE);
      // The next look finds it.
      wanted.clear();
      isAsked = false;
      isClaiming = false;
    } finally {
      running -= 1;
      if (running === 0) for (const done of idle) done();
      begin();
    }
  };

  const begin = (): void => {
    const isWanted = isAsked || wanted.size > 0;
    if (isWanted && !isClaiming && running < PASSES && !closing.signal.aborted) void run();
  };

  /** One statement while there is nothing to do. */
  const isDue = async (): Promise<boolean> => {
    try {
      return (await query(orm, LOOK, { asOf: clock() })).length > 0;
    } catch (error) {
      log.warn({ err: error }, UNREADABLE);
      return false;
    }
  };

  const kick = (ids?: readonly string[]): void => {
    for (const id of ids ?? []) wanted.add(id);
    isAsked ||= ids === undefined;
    begin();
  };

  return {
    /** Sends what waits, now. @param ids  of commands that are known to wait */
    kick,
    /**
     * From here on sends what this process commits right after the commit, and looks every second for what other
     * processes wrote and for what is due again.
     */
    start(): void {
      closing.signal.addEventListener('abort', onCommands(orm, kick));
      looking = (async () => {
        while (!closing.signal.aborted) {
          if (await isDue()) kick();
          await pause(POLL_MS, undefined, { signal: closing.signal, ref: false }).catch(() => {});
        }
      })();
    },
    /** Takes nothing on any more; resolves when what was taken on is written. */
    async stop(): Promise<void> {
      closing.abort();
      await looking;
      if (running > 0) await new Promise<void>((resolve) => idle.add(resolve));
    },
  };
}
export type Relay = ReturnType<typeof createRelay>;

/** Signals that take any number of ids: a payment's events come together, and the workflow looks once for all of them. */
const TAKES_MANY: ReadonlySet<string> = new Set([SIGNALS.paymentReported]);

function join(commands: readonly Command[]): Joined[] {
  const joined: Joined[] = [];
  for (const { id, tries, ...command } of commands) {
    const others = TAKES_MANY.has(command.name)
      ? joined.find(({ name, workflowId }) => name === command.name && workflowId === command.workflowId)
      : undefined;
    others?.args.push(...command.args);
    others?.rows.push({ id, tries });
    if (!others) joined.push({ ...command, rows: [{ id, tries }] });
  }
  return joined;
}

/** gRPC: CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE; and a server that is not set up yet. */
function isAway(error: unknown): boolean {
  if (error instanceof Error && error.name === 'NamespaceNotFoundError') return true;
  for (let at = error as { code?: unknown; cause?: unknown } | undefined; at; at = at.cause as typeof at) {
    if (at.code === 1 || at.code === 4 || at.code === 8 || at.code === 14) return true;
  }
  return false;
}
