import type { WorkflowService } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { Birth } from './born-at.ts';
import { toMs, type ExecutionClock } from './clock.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What is known of an execution from the part of its history that was read. */
export interface Followed extends Birth {
  /** The last event read of this run. */
  seen: number;
  /** Open timers, by their ids, and a delay of the start: when each is due by the execution's own clock. */
  timers: Map<string, number>;
}

export const follow = (birth: Birth): Followed => ({ ...birth, seen: 0, timers: new Map() });

export interface News {
  /** More than timers and decisions to go on waiting: the world outside may have been touched. */
  stirred: boolean;
  children: Birth[];
}

/** Reads what was added since the last time, over every run that was continued as new in between. */
export async function catchUp(
  service: WorkflowService,
  namespace: string,
  followed: Followed,
  { runId, events }: Pick<ExecutionClock, 'runId' | 'events'>,
): Promise<News> {
  if (runId === followed.runId && events <= followed.seen) return { stirred: false, children: [] };
  const read = (of: string, after: number) =>
    readAfter(service, { namespace, workflowId: followed.workflowId, runId: of }, after);
  const runs: HistoryEvent[][] = [];
  for (let run = runId; run !== followed.runId; run = previousRun(runs[0]!)) runs.unshift(await read(run, 0));
  runs.unshift(await read(followed.runId, followed.seen));
  if (runId !== followed.runId) followed.timers.clear();
  // Not beyond what the clock was read with: both are to say the same moment.
  const latest = runs.pop()!.filter(({ eventId }) => Number(eventId) <= events);
  for (const event of latest) noteTimer(followed.timers, event);
  followed.runId = runId;
  followed.seen = events;
  const all = [...runs, latest].flat();
  return {
    stirred: all.some((event) => !isWaiting(event)),
    children: all.flatMap(({ childWorkflowExecutionStartedEventAttributes: started }) => {
      const { workflowId, runId: childRun } = started?.workflowExecution ?? {};
      return workflowId && childRun ? [{ workflowId, runId: childRun }] : [];
    }),
  };
}

/** @returns events after that one, oldest first */
async function readAfter(
  service: WorkflowService,
  { namespace, workflowId, runId }: Birth & { namespace: string },
  after: number,
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await service.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: PAGE,
      nextPageToken,
    });
    events.push(...(page.history?.events ?? []));
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken && Number(events.at(-1)?.eventId) > after + 1);
  return events.filter(({ eventId }) => Number(eventId) > after).reverse();
}
const PAGE = 50;

const previousRun = ([first]: HistoryEvent[]): string => {
  const previous = first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  if (!previous) throw new Error('A run was continued by one that does not say so; its history cannot be followed.');
  return previous;
};

const START = 'start';

function noteTimer(timers: Followed['timers'], event: HistoryEvent): void {
  const { timerStartedEventAttributes: started, timerFiredEventAttributes: fired } = event;
  const canceled = event.timerCanceledEventAttributes;
  const delayMs = toMs(event.workflowExecutionStartedEventAttributes?.firstWorkflowTaskBackoff);
  if (delayMs) timers.set(START, toMs(event.eventTime)! + delayMs);
  if (event.workflowTaskScheduledEventAttributes) timers.delete(START);
  if (started) timers.set(started.timerId!, toMs(event.eventTime)! + toMs(started.startToFireTimeout)!);
  if (fired) timers.delete(fired.timerId!);
  if (canceled) timers.delete(canceled.timerId!);
}

/** An event of an execution that only lets time pass. */
const isWaiting = (event: HistoryEvent): boolean => WAITING.some((attributes) => event[attributes]);
const WAITING = [
  'timerStartedEventAttributes',
  'timerFiredEventAttributes',
  'timerCanceledEventAttributes',
  'workflowTaskScheduledEventAttributes',
  'workflowTaskStartedEventAttributes',
  'workflowTaskCompletedEventAttributes',
  'workflowExecutionOptionsUpdatedEventAttributes',
  'workflowExecutionTimeSkippingTransitionedEventAttributes',
] as const;
