/** A process by its number and the moment it began. */
export interface ProcessIdentity {
  pid: number;
  started: string | undefined;
}
export function startedAt(pid: number): string | undefined;
export function parentOf(pid: number): number | undefined;
export function nameOf(pid: number): string;
export function isRunning(process: ProcessIdentity): boolean;
export function signalGroup(process: ProcessIdentity, signal: NodeJS.Signals | 0): boolean;
