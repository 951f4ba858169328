/**
 * Which process a number means. Numbers are used again, so a process is always named by its number and
 * the moment it began; only then may it be stopped.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** When the process began, in its system's own words; `undefined` when there is none, or only its exit code is left. */
export function startedAt(pid) {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim() || undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the last bracket may itself hold spaces and brackets. Source: proc_pid_stat(5), fields 3 and 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export const isRunning = ({ pid, started }) => started !== undefined && startedAt(pid) === started;

/**
 * Signals a process that leads its own group, and everything in that group.
 * A group keeps its number as long as one member lives, so a leader that is gone does not hide the others.
 * @returns whether anything was there to hear it
 */
export function signalGroup({ pid, started }, signal) {
  const now = startedAt(pid);
  if (now !== undefined && now !== started) return false;
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    // On macOS a group of which only exit codes are left answers EPERM.
    return error.code === 'EPERM' && now !== undefined;
  }
}
