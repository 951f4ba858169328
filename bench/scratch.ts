import { readFileSync, readdirSync } from 'node:fs';
import { openBed } from './harness.ts';
import { WORKER_MEMORY } from '#worker/memory.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { closedLoop, openShop, residentMiB } from './orders.ts';

const HZ = 100;
const cpu = (pid: number) => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return (Number(f[11]) + Number(f[12])) * 1000 / HZ; };
const cmd = (pid: string) => { try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '); } catch { return ''; } };
const ppid = (pid: string) => { try { return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]; } catch { return '' } };
if (process.env.PROF) Object.assign(WORKER_MEMORY, { NODE_OPTIONS: `${WORKER_MEMORY.NODE_OPTIONS} --cpu-prof --cpu-prof-dir=${process.env.PROF}` });
const bed = await openBed((line) => console.log(line));
const shop = await openShop(bed);
const all = () => {
  const out: Record<string, number> = {};
  const mine = new Set<string>([String(process.pid)]);
  const pids = readdirSync('/proc').filter((p) => /^\d+$/.test(p));
  for (let grown = true; grown;) { grown = false; for (const p of pids) if (!mine.has(p) && mine.has(ppid(p) ?? '')) { mine.add(p); grown = true; } }
  for (const p of mine) {
    const c = cmd(p);
    const name = p === String(process.pid) ? 'bench+sims' : Number(p) === shop.pids.api ? 'api' : Number(p) === shop.pids.worker ? 'worker' : /noop/.test(c) ? 'noop' : /temporal/.test(c) ? 'temporal' : /postgres/.test(c) ? 'postgres' : 'other';
    try { out[name] = (out[name] ?? 0) + cpu(Number(p)); } catch {}
  }
  return out;
};
const threads = (pid: number) => {
  const out: Record<string, number> = {};
  for (const t of readdirSync(`/proc/${pid}/task`)) {
    try {
      const raw = readFileSync(`/proc/${pid}/task/${t}/stat`, 'utf8');
      const name = raw.slice(raw.indexOf('(') + 1, raw.lastIndexOf(')')) + (Number(t) === pid ? '!' : '');
      const f = raw.slice(raw.lastIndexOf(')') + 2).split(' ');
      out[name] = (out[name] ?? 0) + (Number(f[11]) + Number(f[12])) * 10;
    } catch {}
  }
  return out;
};
const run = async (name: string, one: () => Promise<unknown>, seconds = 8) => {
  const before = all(); const tb = threads(shop.pids.worker);
  const t0 = performance.now(); const rate = await closedLoop(one, 40, seconds); const took = (performance.now() - t0) / 1000;
  const after = all();
  const n = rate * took;
  console.log(name, rate.toFixed(1), Object.entries(after).map(([k, v]) => `${k} ${((v - (before[k] ?? 0)) / n).toFixed(1)}`).join('  '));
  const ta = threads(shop.pids.worker); console.log('   worker threads', Object.entries(ta).map(([k, v]) => `${k} ${((v - (tb[k] ?? 0)) / n).toFixed(1)}`).join('  '));
  return rate;
};
await run('warm', shop.order, 10); await run('warm noop', shop.noop, 5);
const rounds = Number(process.env.ROUNDS ?? 3);
const ratios: number[] = [];
for (let i = 0; i < rounds; i += 1) {
  const noop = await run('noop', shop.noop);
  const order = await run('order', shop.order);
  ratios.push(order / noop);
}
console.log('ratio', ratios.map((r) => r.toFixed(3)).join(' '), 'rss worker', residentMiB(shop.pids.worker).toFixed(0), 'api', residentMiB(shop.pids.api).toFixed(0));
if (process.env.PROF) { process.kill(shop.pids.worker, 'SIGTERM'); await pause(8000); }
await shop.close();
await bed.close();
process.exit(0);
