import { newId } from '#domain/ids.ts';
import type { Orm } from '../orm.ts';
import { run, statement, type Runner } from '../statements.ts';
import { addRow, onAdded, type PendingTable, type RowHolder } from '../pending-rows.ts';

export interface WorkflowStart {
  workflowId: string;
  type: string;
  args: unknown[];
  search?: Record<string, string>;
  /** It is there from its start on and begins then, or with the first signal before; at once unless told. */
  beginAt?: Date;
}

export interface WorkflowSignal {
  workflowId: string;
  signal: string;
  args: unknown[];
  /** One per happening: a second command with it is the same command. */
  key: string;
}

const COMMANDS: PendingTable = {
  table: 'command_outbox',
  columns: ['id', 'kind', 'workflow_id', 'name', 'args', 'search', 'key', 'created_at', 'due_at', 'begin_at'],
};

/** Adds the start to the change it belongs to: no row without its workflow. */
export function startLater(change: RowHolder, start: WorkflowStart, asOf: Date): void {
  const { workflowId, type, args, search, beginAt } = start;
  const key = `start/${workflowId}`;
  addCommand(
    change,
    { kind: 'start', workflow_id: workflowId, name: type, args, search, key, begin_at: beginAt },
    asOf,
  );
}

export function signalLater(change: RowHolder, { workflowId, signal, args, key }: WorkflowSignal, asOf: Date): void {
  const once = `${signal}/${workflowId}/${key}`;
  addCommand(change, { kind: 'signal', workflow_id: workflowId, name: signal, args, key: once }, asOf);
}

interface Command {
  kind: 'start' | 'signal';
  workflow_id: string;
  name: string;
  args: unknown[];
  search?: Record<string, string> | undefined;
  key: string;
  begin_at?: Date | undefined;
}

const addCommand = (change: RowHolder, { search = {}, ...command }: Command, asOf: Date): void =>
  addRow(change, COMMANDS, { id: newId(), ...command, search, created_at: asOf, due_at: asOf });

const SEND_AGAIN = statement<{ id: string }>(
  'send_start_again',
  `update command_outbox set sent_at = null, due_at = $asOf where key = 'start/' || $workflowId::text returning id`,
);

/** Has the start of a workflow sent once more. @returns whether there is one */
export const sendAgain = async (on: Runner, workflowId: string, asOf: Date): Promise<boolean> =>
  (await run(on, SEND_AGAIN, { workflowId, asOf })).length > 0;

/** Calls the listener with the ids of commands that this process has committed. @returns what ends it */
export const onCommands = (orm: Orm, listener: (ids: string[]) => void): (() => void) =>
  onAdded(orm, COMMANDS, (rows) => listener(rows.map((row) => (row as { id: string }).id)));
