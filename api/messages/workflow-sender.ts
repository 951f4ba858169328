import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { WorkflowSignal, WorkflowStart } from '#db/messages/outbox.ts';
import { SEARCH_ATTRIBUTES, type SearchAttributeName } from '#temporal-config/search-attributes.ts';

const SEND_MS = 5_000;

/** What the outbox tells workflows. Each call has a deadline and throws whatever the server or the way to it says. */
export interface WorkflowSender {
  /** Exactly once for an id: running or ended, a second start is the first one. */
  start(start: WorkflowStart): Promise<void>;
  /** @returns false when no such workflow is running */
  signal(signal: Pick<WorkflowSignal, 'workflowId' | 'signal' | 'args'>): Promise<boolean>;
}

/** Of any process that has a client; nothing of HTTP, so that the worker sends with it as well. */
export function createWorkflowSender(client: Client, taskQueue: string): WorkflowSender {
  const within = <T>(call: () => Promise<T>) => client.withDeadline(Date.now() + SEND_MS, call);
  return {
    async start({ workflowId, type, args, search = {} }) {
      try {
        await within(() =>
          client.workflow.start(type, {
            workflowId,
            taskQueue,
            args,
            workflowIdConflictPolicy: 'USE_EXISTING',
            workflowIdReusePolicy: 'REJECT_DUPLICATE',
            typedSearchAttributes: searchAttributes(search),
          }),
        );
      } catch (error) {
        // It ran and ended before this repeat of its start arrived.
        if (!(error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError')) throw error;
      }
    },

    async signal({ workflowId, signal, args }) {
      try {
        await within(() => client.workflow.getHandle(workflowId).signal(signal, ...args));
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}

/** Keyword values as they are, instants as dates. @throws Error naming an attribute the namespace does not have */
export const searchAttributes = (search: Record<string, string>): SearchAttributePair[] =>
  Object.entries(search).map(([name, value]) => {
    const type = SEARCH_ATTRIBUTES[name as SearchAttributeName];
    if (!type) throw new Error(`"${name}" is not a search attribute; temporal-config/search-attributes.ts has them.`);
    return type === 'Datetime'
      ? { key: defineSearchAttributeKey(name, 'DATETIME'), value: new Date(value) }
      : { key: defineSearchAttributeKey(name, 'KEYWORD'), value };
  });
