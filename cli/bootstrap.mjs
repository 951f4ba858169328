#!/usr/bin/env node
/*
 * The first line of every command. Runs on whatever Node is there: brings the packages and Node 24 up to date, then
 * hands over to cli/main.ts. Nothing here may need a package, and this file nothing that an old Node cannot read.
 */
import { spawn } from 'child_process';
import { constants } from 'os';
import { dirname, join } from 'path';
import { fileURLToPath } from 'url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NPM_POLL_MS = 500;

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(
    `Hostwright sets itself up with Node 20 or newer, and this is ${process.version}: install one from https://nodejs.org and run the command again.`,
  );
  process.exit(1);
}
if (process.platform === 'win32') {
  console.error('Hostwright runs on Linux and macOS; on Windows, run it inside WSL (https://aka.ms/wsl).');
  process.exit(1);
}

import('./install.mjs')
  .then(({ install }) => install(root, (line) => console.error(line)))
  .then(handOver)
  .catch((error) => {
    console.error(error.name === 'InstallFailed' ? error.message : error);
    process.exit(1);
  });

/** Runs the command in Node 24, passes signals on, and ends as it ended. */
function handOver(node) {
  // The channel is how the command learns that we are gone, whatever became of us.
  const child = spawn(node, [join(root, 'cli/main.ts'), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: Object.assign({ NODE_COMPILE_CACHE: join(root, '.data/compile-cache') }, process.env),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  followNpm(child);
  child.on('error', (error) => {
    console.error(`${node} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal) console.error(`The command was ended from outside by signal ${signal}.`);
    process.exit(signal ? 128 + constants.signals[signal] : code);
  });
}

/** npm may be killed without a word to us or to the shell between us; then nobody is left who would want us to go on. */
async function followNpm(child) {
  if (!process.env.npm_lifecycle_event) return;
  const { nameOf, parentOf } = await import('./pid.mjs');
  const npm = [process.ppid, parentOf(process.ppid)].find((pid) => pid && nameOf(pid).startsWith('npm'));
  if (!npm) return;
  setInterval(() => {
    if (!nameOf(npm).startsWith('npm')) child.kill('SIGTERM');
  }, NPM_POLL_MS).unref();
}
