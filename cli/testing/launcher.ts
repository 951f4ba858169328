/**
 * A launcher for the guard's tests: starts what its arguments are, one shell command each, tells the guard, and prints
 * the number of the guard and of each process. It never ends by itself.
 */
import { spawn } from 'node:child_process';
import { startGuard } from '#cli/start/processes/guard.ts';

const guard = startGuard();
const pids = process.argv.slice(2).map((script) => {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' });
  guard.watch(child.pid!, 'SIGTERM');
  return child.pid!;
});
console.log(JSON.stringify({ guard: guard.pid, pids }));
setInterval(() => {}, 60_000);
