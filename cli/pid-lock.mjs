/** A lock that is a file with its holder's process in it, so that what a killed holder leaves behind binds nobody. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, startedAt } from './pid.mjs';

/** Between making the file and filling it: the longest a writer can be caught at it. */
const UNFILLED_MS = 2_000;

/** @returns the lock, or whose it is (0: someone is just taking it) */
export function takeLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, started: startedAt(process.pid) });
  for (;;) {
    try {
      writeFileSync(file, mine, { flag: 'wx' });
      return { release: () => void (read(file) === mine && rmSync(file, { force: true })) };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const theirs = read(file);
    if (theirs === undefined) continue;
    const holder = parse(theirs);
    if (holder ? isRunning(holder) : ageMs(file) < UNFILLED_MS) return { heldBy: holder ? holder.pid : 0 };
    discard(file, theirs);
  }
}

/** Takes the lock once it is free; `onWait` hears once whose it is. */
export async function waitForLock(file, onWait = () => {}) {
  for (let told = false; ; told = true) {
    const lock = takeLock(file);
    if (!('heldBy' in lock)) return lock;
    if (!told) onWait(lock.heldBy);
    await pause(200);
  }
}

/** Of two that find the same stale lock only one moves it away; one that moved a fresh lock puts it back. */
function discard(file, stale) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = read(aside);
  if (moved !== stale && moved !== undefined) renameSync(aside, file);
  else rmSync(aside, { force: true });
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ageMs(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
