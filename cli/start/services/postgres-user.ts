import { spawnSync } from 'node:child_process';
import { lchownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '#cli/problem.ts';

/** How PostgreSQL's programs are run: as whom, and with what in front of the command. */
export interface PostgresUser {
  uid?: number;
  gid?: number;
  prefix: string[];
  /** Who must own the data; undefined leaves it to whoever we are. */
  owner?: { uid: number; gid: number };
}

const CANDIDATES = ['postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root, so root has to run it as somebody else:
 * - as an ordinary user of the system, when that user may enter the folder and the programs' folder;
 * - else in a user namespace, in which root goes by that user's number: no folder has to be opened to others.
 * @param dataDir  exists
 */
export function choosePostgresUser(program: string, dataDir: string): PostgresUser {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const users = CANDIDATES.flatMap((name) => account(name) ?? []);
  for (const user of users) {
    if (runs([program, '--version'], user) && mayEnter(dataDir, user)) return { ...user, prefix: [], owner: user };
  }
  for (const { uid, gid } of users) {
    const prefix = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
    if (runs([...prefix, program, '--version'])) return { prefix, owner: { uid: 0, gid: 0 } };
  }
  throw new Problem('PostgreSQL does not run as root, and no other user of this system can run it here.', {
    tried: [
      `as ${CANDIDATES.join(' or ')}: the folder ${dataDir} or the one of ${program} is closed to them`,
      'in a user namespace (`unshare --user`): not allowed or not there',
    ],
    waysOut: [
      'Run the command as an ordinary user who owns the folder.',
      'Put the project where other users may enter, for instance under /srv or /opt.',
      'Set DATABASE_URL to a PostgreSQL 15 or newer that runs already.',
    ],
  });
}

/** `-x`, not `-d`: a folder that root made under umask 077 is seen by others through an open parent, and is closed. */
export const mayEnter = (folder: string, user: { uid?: number; gid?: number }): boolean =>
  runs(['test', '-x', folder], user);

/** Gives the data to whoever PostgreSQL runs as now; it refuses data that belongs to another. */
export function giveTo(owner: PostgresUser['owner'], path: string): void {
  if (!owner) return;
  const stat = lstatSync(path);
  if (stat.uid === owner.uid && stat.isDirectory()) return;
  // The folder itself comes last: its owner says that all inside has been given too.
  const give = (each: string) => {
    if (lstatSync(each).isDirectory()) for (const name of readdirSync(each)) give(join(each, name));
    lchownSync(each, owner.uid, owner.gid);
  };
  give(path);
}

function account(name: string): { uid: number; gid: number } | undefined {
  const number = (flag: string) => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : Number.NaN;
  };
  const user = { uid: number('-u'), gid: number('-g') };
  return Number.isInteger(user.uid) && Number.isInteger(user.gid) ? user : undefined;
}

function runs([command, ...args]: string[], user: { uid?: number; gid?: number } = {}): boolean {
  return spawnSync(command!, args, { stdio: 'ignore', uid: user.uid, gid: user.gid, timeout: 10_000 }).status === 0;
}
