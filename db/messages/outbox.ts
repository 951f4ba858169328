import { newId } from '#domain/ids.ts';
import { CommandOutbox } from '../entities/index.ts';
import type { Em } from '../orm.ts';

export interface WorkflowStart {
  workflowId: string;
  type: string;
  args: unknown[];
  search?: Record<string, string>;
}

export interface WorkflowSignal {
  workflowId: string;
  signal: string;
  args: unknown[];
  /** One per happening: a second command with it is the same command. */
  key: string;
}

/** Writes the start in the caller's transaction: no row without its workflow. */
export function startLater(em: Em, start: WorkflowStart, asOf: Date): void {
  em.create(
    CommandOutbox,
    row('start', start.workflowId, start.type, start.args, `start/${start.workflowId}`, asOf, start.search),
  );
}

export function signalLater(em: Em, { workflowId, signal, args, key }: WorkflowSignal, asOf: Date): void {
  em.create(CommandOutbox, row('signal', workflowId, signal, args, `${signal}/${workflowId}/${key}`, asOf));
}

const row = (
  kind: 'start' | 'signal',
  workflowId: string,
  name: string,
  args: unknown[],
  key: string,
  asOf: Date,
  search: Record<string, string> = {},
) => ({
  id: newId(),
  kind,
  workflowId,
  name,
  args,
  search,
  key,
  createdAt: asOf,
  dueAt: asOf,
  tries: 0,
  lastError: null,
  sentAt: null,
});
