/**
 * One simulated vendor as a process of its own: `node cli/start/simulators.ts stripe`.
 *
 * SIMULATOR_PORT: where it listens, on loopback. SIMULATOR_STATE: folder for what it remembers; without it, memory only.
 * SIMULATOR_WEBHOOK_URL: where its events go. Its keys have the names they have in our own configuration.
 */
import { join } from 'node:path';
import { listen } from '#activities/simulation/simulator.ts';
import type { StartSimulator } from '#activities/simulation/start.ts';
import { GATEWAYS, PANELS } from '#domain/vendors.ts';
import type { SimulatorName } from './sandbox/vendors.ts';

/** Where the simulators lie; each process loads its own only. */
const FOLDERS: Record<SimulatorName, string> = {
  ...Object.fromEntries(GATEWAYS.map((name) => [name, `gateways/${name}`])),
  ...Object.fromEntries(PANELS.map((name) => [name, `panels/${name}`])),
  mailbox: 'mailers/smtp',
} as Record<SimulatorName, string>;

async function main([name = '']: string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (env.NODE_ENV === 'production') throw new Error('Simulators do not run where NODE_ENV is production.');
  const folder = FOLDERS[name as SimulatorName];
  if (!folder) throw new Error(`There is no simulator "${name}"; there are ${Object.keys(FOLDERS).join(', ')}.`);
  const { start } = (await import(`#activities/${folder}/simulator/start.ts`)) as { start: StartSimulator };
  const setting = (variable: string) => {
    const value = env[variable];
    if (!value) throw new Error(`The simulator ${name} needs ${variable}.`);
    return value;
  };
  const stateFile = env.SIMULATOR_STATE && join(env.SIMULATOR_STATE, `${name}.jsonl`);
  const { app, stop } = await start({ setting, stateFile, webhookUrl: env.SIMULATOR_WEBHOOK_URL });
  const server = await listen(app, Number(setting('SIMULATOR_PORT')));
  console.log(`${name} listens at ${server.url}`);
  const end = async () => {
    await stop?.();
    await server.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
}

await main(process.argv.slice(2), process.env);
