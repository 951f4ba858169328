import { readFileSync, readdirSync } from 'node:fs';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { createPayloadCodec } from '#temporal-config/payload-codec.ts';
import { TEST_PAYLOAD_KEYS } from '#workflows/testing/harness.ts';
import { join } from 'node:path';
const ROOT = process.cwd();
const pre = (process.env.PRE ?? '').split(',').filter(Boolean);
const bundle = await bundleWorkflowCode({ workflowsPath: join(ROOT, 'workflows/index.ts'), logger: new DefaultLogger('WARN'), failureConverterPath: join(ROOT, 'temporal-config/failure-converter.ts'), preloadModules: pre });
const history = JSON.parse(readFileSync(process.env.HIST ?? 'workflows/histories/fulfillOrder/active.json', 'utf8'));
const threads = () => { const out: Record<string, number> = {}; for (const t of readdirSync('/proc/self/task')) { const raw = readFileSync(`/proc/self/task/${t}/stat`, 'utf8'); const name = raw.slice(raw.indexOf('(') + 1, raw.lastIndexOf(')')); const f = raw.slice(raw.lastIndexOf(')') + 2).split(' '); out[name] = (out[name] ?? 0) + (Number(f[11]) + Number(f[12])) * 10; } return out; };
async function* many(n: number) { for (let i = 0; i < n; i += 1) yield { workflowId: 'order/' + i, history }; }
const go = async (n: number) => {
  let ok = 0;
  for await (const r of Worker.runReplayHistories({ workflowBundle: bundle, dataConverter: { payloadCodecs: [createPayloadCodec(TEST_PAYLOAD_KEYS)], failureConverterPath: join(ROOT, 'temporal-config/failure-converter.ts') } }, many(n))) { if (r.error) throw r.error; ok += 1; if (ok === 50) start = threads(); }
  return ok;
};
let start = threads();
const n = 350;
await go(n);
const end = threads();
console.log(pre.join() || 'plain', Object.entries(end).map(([k, v]) => `${k} ${((v - (start[k] ?? 0)) / (n - 50)).toFixed(2)}`).join('  '), (bundle.code.length / 1e6).toFixed(1) + 'MB');
process.exit(0);
