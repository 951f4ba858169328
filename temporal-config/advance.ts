import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowService } from '@temporalio/client';
import type { Birth } from './born-at.ts';
import { fastForward, readClock, type ExecutionClock } from './clock.ts';
import { catchUp, follow, type Followed } from './history.ts';

/** What lives in the same time as the executions: our own processes, and the vendors. */
export interface Surroundings {
  /** The now of our processes. */
  nowMs(): number;
  /** Sets that now; never back. */
  setNow(ms: number): void;
  /** When a vendor next does something by itself, such as closing a page whose time is over; Infinity for never. */
  nextOfVendors(): Promise<number>;
  /** Moves the vendors' clocks, and has them do what is due by then. */
  moveVendors(ms: number): Promise<void>;
  /** Whether nothing is on its way: no command unsent, no event undelivered. */
  quiet(): Promise<boolean>;
}

export interface TimeParts {
  service: WorkflowService;
  namespace: string;
  surroundings: Surroundings;
}

interface Standing {
  workflowId: string;
  clock: ExecutionClock;
  /** The execution's next timer or retry. */
  dueMs: number;
}

const POLL_MS = 4;
/** After so long without any news, whatever is still busy will not end by itself. */
const PATIENCE_MS = 60_000;

/**
 * Moves all executions through time together. It goes from one instant at which something is due to the next, whosever
 * it is, and waits there until everything that follows from it has happened; so what happens in different executions
 * happens in the order of their calendars, and time in which nothing is due costs nothing.
 */
export function createTime({ service, namespace, surroundings }: TimeParts) {
  const alive = new Map<string, Followed>();
  /** How long each history was when it was last looked at. */
  const lengths = new Map<string, number>();
  /** Whether anything may have happened outside since all was quiet; and what vendors do next, as far as it is known. */
  let stirred = true;
  let vendorsDue: number | null = null;
  const stir = () => {
    stirred = true;
    vendorsDue = null;
  };

  const watch = (birth: Birth): void => {
    stir();
    if (!alive.has(birth.workflowId)) alive.set(birth.workflowId, follow(birth));
  };

  const look = async (followed: Followed): Promise<{ standing: Standing; any: boolean }> => {
    const { workflowId } = followed;
    const clock = await readClock(service, { namespace, workflowId });
    const { runId, events } = clock;
    const any = lengths.get(runId) !== events;
    lengths.set(runId, events);
    // While it is at work, what it waits for is not the question yet.
    if (!clock.busy) {
      const news = await catchUp(service, namespace, followed, clock);
      for (const child of news.children) watch(child);
      if (news.stirred) stir();
    }
    if (!clock.running) alive.delete(workflowId);
    const dueMs = Math.min(...followed.timers.values(), clock.retryAtMs ?? Infinity);
    return { standing: { workflowId, clock, dueMs }, any };
  };

  /**
   * Brings every execution to the instant, and waits until nothing is under way anywhere.
   * @param known  where each stood when all was calm
   */
  const settle = async (targetMs: number, known: Standing[] = []): Promise<Standing[]> => {
    await Promise.all(known.filter((each) => isLate(each, targetMs)).map((each) => jump(each, targetMs)));
    let newsAt = Date.now();
    for (let isCalm = false; ;) {
      // Asked between two looks at the executions: what it had not told yet is seen by the second.
      const quiet = isCalm && (!stirred || (await surroundings.quiet()));
      const looks = await Promise.all([...alive.values()].map(look));
      const standing = looks.map((each) => each.standing).filter(({ clock }) => clock.running);
      const late = standing.filter((each) => isLate(each, targetMs));
      const busy = standing.filter(isBusy);
      const any = looks.some((each) => each.any);
      const wasCalm = isCalm;
      isCalm = late.length === 0 && busy.length === 0;
      if (isCalm && (!stirred || (wasCalm && quiet && !any))) {
        stirred = false;
        return standing;
      }
      await Promise.all(late.map((each) => jump(each, targetMs)));
      if (any) newsAt = Date.now();
      if (Date.now() - newsAt > PATIENCE_MS) throw new Error(describeStandstill([...late, ...busy]));
      if (!isCalm || wasCalm) await pause(POLL_MS);
    }
  };

  const jump = async ({ workflowId, clock }: Standing, targetMs: number): Promise<void> => {
    if (clock.busy) return;
    try {
      await fastForward(service, { namespace, workflowId }, targetMs - clock.nowMs, 1);
    } catch (error) {
      // It has ended meanwhile, which the next look sees.
      if ((error as { code?: number }).code !== NOT_FOUND) throw error;
    }
  };

  return {
    /** Of an execution that was started from outside; those that it starts are found by themselves. */
    watch,
    /** Lets everything that is due up to an instant happen, in its order. */
    async advanceTo(targetMs: number): Promise<void> {
      stir();
      let standing = await settle(0);
      while (surroundings.nowMs() < targetMs) {
        const vendors = (vendorsDue ??= await surroundings.nextOfVendors());
        const at = Math.max(surroundings.nowMs(), Math.min(nextOf(standing), vendors, targetMs));
        surroundings.setNow(at);
        const isVendors = vendors <= at;
        // What a vendor does by itself is told to executions that are there already.
        if (isVendors) standing = await settle(at, standing);
        await surroundings.moveVendors(at);
        if (isVendors) stir();
        standing = await settle(at, standing);
      }
    },
  };
}
export type Time = ReturnType<typeof createTime>;

const NOT_FOUND = 5;

const nextOf = (standing: Standing[]): number =>
  Math.min(...standing.filter(({ clock }) => !clock.waitsForChild).map(({ dueMs }) => dueMs));

/** What it lags behind less is made good by the machine's clock. */
const LAG_MS = 1_000;
/** Its clock stands while a child is open, and it goes on when that has ended. */
const isLate = ({ clock }: Standing, targetMs: number) => !clock.waitsForChild && clock.nowMs < targetMs - LAG_MS;
const isBusy = ({ clock, dueMs }: Standing) => clock.busy || dueMs <= clock.nowMs;

const describeStandstill = (busy: Standing[]): string =>
  busy.length > 0
    ? `Nothing has happened for a minute, and these are still at work; their histories say at what: ${busy.map(({ workflowId }) => workflowId).join(', ')}.`
    : 'Nothing has happened for a minute, and yet a command is unsent or an event is undelivered.';
