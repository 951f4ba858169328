/** Brings node_modules to what package-lock.json says, and names the Node 24 in it. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitForLock } from './pid-lock.mjs';

/** Says which lockfile node_modules was last found to match. */
const STAMP = 'node_modules/.hostwright-installed';
/** There from before an install until after it, so that one that was interrupted is seen as such. */
const UNFINISHED = '.data/install-unfinished';
const NODE = 'node_modules/node/bin/node';
const LINES_SHOWN = 20;

class InstallFailed extends Error {
  name = 'InstallFailed';
}

/**
 * @param {string} root folder of the project
 * @param {(line: string) => void} say
 * @returns {Promise<string>} path of Node 24
 */
export async function install(root, say, run = npm) {
  const node = join(root, NODE);
  if (isInstalled(root)) return node;
  mkdirSync(join(root, '.data'), { recursive: true });
  const lock = await waitForLock(join(root, '.data/install.lock'), (pid) =>
    say(`Process ${pid} is installing the packages; waiting for it.`),
  );
  try {
    if (isInstalled(root)) return node;
    const since = Date.now();
    say('Installing Node 24 and the packages of package-lock.json with npm, usually half a minute to two minutes …');
    writeFileSync(join(root, UNFINISHED), '');
    const log = join(root, '.data/logs/install.log');
    // Install scripts run only for the packages that package.json lists, with every version of npm.
    await run(root, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=notice'], log);
    await run(root, ['rebuild', '--ignore-scripts=false', ...scripted(root)], log);
    if (!existsSync(node)) {
      throw new InstallFailed(`npm installed the packages, but not ${NODE}. Its messages are in ${log}.`);
    }
    writeStamp(root);
    rmSync(join(root, UNFINISHED));
    say(`Installed after ${Math.round((Date.now() - since) / 1000)} s.`);
    return node;
  } finally {
    lock.release();
  }
}

/** Whether node_modules is what the lockfile says, by our stamp or, where someone ran npm by hand, by npm's own record. */
export function isInstalled(root) {
  if (existsSync(join(root, UNFINISHED)) || !existsSync(join(root, NODE))) return false;
  const stamp = join(root, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest(root)) return true;
  if (!matchesRecord(root)) return false;
  writeStamp(root);
  return true;
}

/** npm writes its record after everything else, so a record that matches means an install that ended. */
function matchesRecord(root) {
  const packages = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false;
  const there = packages('node_modules/.package-lock.json');
  return Object.entries(packages('package-lock.json')).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || there[path]?.version === version || (!there[path] && (optional || devOptional)),
  );
}

/** The packages whose install scripts package.json allows, as far as they are there on this system. */
function scripted(root) {
  const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return Object.keys(allowScripts).filter(
    (name) => allowScripts[name] && existsSync(join(root, 'node_modules', name, 'package.json')),
  );
}

const digest = (root) =>
  createHash('sha256')
    .update(`${process.platform} ${process.arch}\n`)
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

function writeStamp(root) {
  const draft = join(root, `${STAMP}.${process.pid}`);
  writeFileSync(draft, digest(root));
  renameSync(draft, join(root, STAMP));
}

/** Runs npm, the one that runs us where there is one; what it says goes into the log. */
function npm(root, args, log) {
  mkdirSync(join(root, '.data/logs'), { recursive: true });
  const ours = process.env.npm_execpath;
  const [command, ...first] = ours?.endsWith('.js') ? [process.execPath, ours] : ['npm'];
  const out = createWriteStream(log, { flags: 'a' });
  const said = [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        out.write(data);
        said.push(...String(data).split('\n').filter(Boolean));
      });
    }
    const stop = (signal) => {
      child.kill(signal);
      process.exit(1);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
    child.on('error', (error) => reject(new InstallFailed(`npm could not be started: ${error.message}`)));
    child.on('close', (code) => {
      out.end();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop);
      if (code === 0) resolve();
      else reject(new InstallFailed(failure(args[0], code, said, log)));
    });
  });
}

/** npm says first what is wrong, and at length afterwards how it is used. */
function failure(verb, code, said, log) {
  const errors = said.filter((line) => line.startsWith('npm error'));
  return [
    `\`npm ${verb}\` ended with exit code ${code}. It said:`,
    ...(errors.length > 0 ? errors.slice(0, LINES_SHOWN) : said.slice(-LINES_SHOWN)).map((line) => `  ${line}`),
    '',
    'Ways out:',
    '  - Without internet: set `npm config set registry` to a mirror you can reach, or copy node_modules from a machine of the same kind.',
    '  - Behind a proxy: set HTTPS_PROXY, and NODE_EXTRA_CA_CERTS where the proxy has a certificate of its own.',
    `  - Otherwise read ${log}, mend the cause, and run the command again: it goes on where it has to.`,
  ].join('\n');
}
