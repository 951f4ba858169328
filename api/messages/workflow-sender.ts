import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { WorkflowSignal, WorkflowStart } from '#db/messages/outbox.ts';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '#temporal-config/search-attributes.ts';

const SEND_MS = 5_000;

export interface SentStart extends Omit<WorkflowStart, 'beginAt'> {
  /** Until it begins; at once unless told. */
  delayMs?: number;
}

export interface SentSignal extends Pick<WorkflowSignal, 'workflowId' | 'signal' | 'args'> {
  /** How the workflow was started, where it has not begun yet: a signal alone would lie there until it does. */
  wakes?: Omit<WorkflowStart, 'workflowId' | 'beginAt'> | undefined;
}

/** What the outbox tells workflows. Each call has a deadline and throws whatever the server or the way to it says. */
export interface WorkflowSender {
  /**
   * Once for an id: while it runs, and when it has finished its work, a second start is the first one. A workflow that was
   * broken off (canceled, terminated, failed) begins anew.
   */
  start(start: SentStart): Promise<void>;
  /** @returns false when no such workflow is running */
  signal(signal: SentSignal): Promise<boolean>;
}

/** Of any process that has a client; nothing of HTTP, so that the worker sends with it as well. */
export function createWorkflowSender(client: Client, taskQueue: string): WorkflowSender {
  const within = <T>(call: () => Promise<T>) => client.withDeadline(Date.now() + SEND_MS, call);
  return {
    async start({ workflowId, type, delayMs, ...of }) {
      const options = { workflowId, taskQueue, ...started(of), ...(delayMs && { startDelay: delayMs }) };
      try {
        await within(() => client.workflow.start(type, options));
      } catch (error) {
        // It ran and ended before this repeat of its start arrived.
        if (!hasEnded(error)) throw error;
      }
    },

    async signal({ workflowId, signal, args, wakes }) {
      try {
        if (wakes) {
          const options = { workflowId, taskQueue, ...started(wakes), signal, signalArgs: args };
          await within(() => client.workflow.signalWithStart(wakes.type, options));
        } else {
          await within(() => client.workflow.getHandle(workflowId).signal(signal, ...args));
        }
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || hasEnded(error)) return false;
        throw error;
      }
    },
  };
}

const started = ({ args, search = {} }: Pick<WorkflowStart, 'args' | 'search'>) => ({
  args,
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
  workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' as const,
  typedSearchAttributes: searchAttributes(search),
});

const hasEnded = (error: unknown) => error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError';

/** Keyword values as they are, instants as dates. @throws Error naming an attribute the namespace does not have */
export const searchAttributes = (search: Record<string, string>): SearchAttributePair[] =>
  Object.entries(search).map(([name, value]) => {
    const type = SEARCH_ATTRIBUTES[name as SearchAttributeName];
    if (!type) throw new Error(`"${name}" is not a search attribute; temporal-config/search-attributes.ts has them.`);
    return type === 'Datetime'
      ? { key: defineSearchAttributeKey(name, 'DATETIME'), value: new Date(value) }
      : { key: defineSearchAttributeKey(name, 'KEYWORD'), value };
  });
