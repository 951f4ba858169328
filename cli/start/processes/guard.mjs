/**
 * Stands beside the launcher and stops what the launcher started, should the launcher be killed.
 *
 * It hears one line of JSON per process on its standard input, before the launcher does anything else with it:
 * `{"watch": {"pid", "started", "signal"}}` or `{"forget": pid}`. When that input ends, the launcher is gone:
 * each process still known is asked to stop with its own signal, and after three seconds killed, so that
 * nothing is left after five. A launcher that ends in order has forgotten everything before.
 */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { signalGroup } from '#cli/pid.mjs';

const PATIENCE_MS = 3_000;
const watched = new Map();

// Ctrl-C and hang-ups are for the launcher to answer; whoever kills it ends our input.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

for await (const line of createInterface({ input: process.stdin })) {
  let told;
  try {
    told = JSON.parse(line);
  } catch {
    continue; // a launcher killed in the middle of its last line
  }
  if (told.watch) watched.set(told.watch.pid, told.watch);
  else watched.delete(told.forget);
}

for (const each of watched.values()) signalGroup(each, each.signal);
const deadline = Date.now() + PATIENCE_MS;
for (let left = [...watched.values()]; left.length > 0; left = left.filter((each) => signalGroup(each, 0))) {
  if (Date.now() > deadline) {
    for (const each of left) signalGroup(each, 'SIGKILL');
    break;
  }
  await pause(50);
}
process.exit(0);
