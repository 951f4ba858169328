/**
 * Which process a number means. Numbers are used again, so a process is always named by its number and
 * the moment it began; only then may it be stopped.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** When the process began, in its system's own words; `undefined` when there is none, or only its exit code is left. */
export function startedAt(pid) {
  if (process.platform !== 'linux') return ps(pid, 'lstart') || undefined;
  const fields = statOf(pid);
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

/** The process that started it; `undefined` when there is none. */
export function parentOf(pid) {
  if (process.platform !== 'linux') return Number(ps(pid, 'ppid')) || undefined;
  return Number(statOf(pid)?.[1]) || undefined;
}

/** Its command, as lists of processes show it; empty when there is none. */
export function nameOf(pid) {
  if (process.platform !== 'linux') return ps(pid, 'args');
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

/** The numbers of proc_pid_stat(5) from field 3 on: the name before them may itself hold spaces and brackets. */
function statOf(pid) {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const ps = (pid, column) =>
  spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
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
