import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DATA, ROOT } from '#cli/root.ts';
import { startGuard } from '#cli/start/processes/guard.ts';
import { openLogs } from '#cli/start/processes/logs.ts';
import { anyPort } from '#cli/start/processes/ports.ts';
import { DATABASE, ensureDatabase, OWNER, startPostgres, superuserUrl } from '#cli/start/services/postgres.ts';
import { createSupervisor } from '#cli/start/processes/supervisor.ts';
import { migrate } from '#db/migrate.ts';
import { roleName, type LoginRole } from '#db/roles.ts';

/** Of a cluster that listens on loopback and lives for one run. */
const PASSWORD = 'bench';

/**
 * Where benchmarks run: a folder, processes that stop with us, and a PostgreSQL of its own with the durability it
 * has by default. Nothing of the data that `npm start` made is touched.
 */
export async function openHarness(say: (line: string) => void) {
  const folder = join(DATA, 'bench', String(process.pid));
  mkdirSync(folder, { recursive: true });
  const guard = startGuard();
  const logs = openLogs(join(folder, 'logs'));
  const supervisor = createSupervisor({
    guard,
    logs,
    hooks: {
      ended: (name, how) => say(`${name} ended (${how}): what is measured now is void`),
      runsAgain: () => {},
      changed: () => {},
    },
  });
  const loads = new Set<ChildProcess>();

  return {
    folder,
    supervisor,
    logs,
    say,

    /** A migrated, empty database. */
    async database() {
      const cluster = {
        name: 'postgres',
        dataDir: join(folder, 'postgres'),
        port: await anyPort(),
        superuserPassword: PASSWORD,
      };
      await startPostgres(supervisor, cluster);
      await ensureDatabase(superuserUrl(cluster), PASSWORD);
      const url = (user: string) => `postgres://${user}:${PASSWORD}@127.0.0.1:${cluster.port}/${DATABASE}`;
      await migrate(url(OWNER), { api: PASSWORD, worker: PASSWORD, license: PASSWORD, readonly: PASSWORD });
      return {
        superuserUrl: url('postgres'),
        ownerUrl: url(OWNER),
        url: (role: LoginRole) => url(roleName(role)),
      };
    },

    /** A server of ours in a process of its own; ready when it answers anything at `probe`. @returns its port */
    async serve(name: string, script: string, env: Record<string, string>, probe = '/'): Promise<number> {
      const port = await anyPort();
      await supervisor.start({
        name,
        command: process.execPath,
        args: [join(ROOT, script)],
        cwd: ROOT,
        env: {
          PATH: process.env.PATH ?? '',
          NODE_ENV: 'production',
          PORT: String(port),
          API_PORT: String(port),
          ...env,
        },
        ready: async () => {
          const answer = await fetch(`http://127.0.0.1:${port}${probe}`, { signal: AbortSignal.timeout(2_000) });
          await answer.body?.cancel();
          return true;
        },
      });
      return port;
    },

    /** One job in a process of its own that ends with us. @throws Error when the job says it failed */
    run<Job extends object, Report>(script: string, job: Job): Promise<Report> {
      const child = fork(join(ROOT, script), { execArgv: ['--max-old-space-size=4096'], cwd: ROOT });
      loads.add(child);
      return new Promise<Report>((resolve, reject) => {
        child.once('message', (report: Report & { error?: string }) => {
          if (report.error === undefined) resolve(report);
          else reject(new Error(report.error));
          child.kill();
        });
        child.once('exit', (code) => {
          loads.delete(child);
          reject(new Error(`${script} ended with ${code} and no report.`));
        });
        child.send(job);
      });
    },

    async close() {
      for (const child of loads) child.kill();
      await supervisor.stop([[], ['postgres']]);
      await guard.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type Harness = Awaited<ReturnType<typeof openHarness>>;
