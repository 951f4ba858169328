import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '#cli/root.ts';
import type { Settings } from '../environment.ts';
import { readJson, writeWhole } from '../files.ts';
import { ourProgram } from '../services/programs.ts';

/** What the command line on this machine knows of the first administrator. */
export interface Staff {
  email: string;
  apiKey: string;
  /** Until it has been shown: then only the person has it. */
  password?: string;
}

const FILE = 'staff.json';
/** Longer than it takes on a busy machine; usually a second. */
const TIMEOUT_MS = 60_000;

export const readStaff = ({ data }: Settings): Staff | undefined =>
  readJson<Staff | undefined>(join(data, FILE), undefined);

/**
 * Makes the first administrator, once; kept before anybody sees the password, so that a start that ends early loses
 * nothing.
 * @returns undefined when the database has staff already whom we know nothing of
 */
export async function firstStaff(settings: Settings): Promise<Staff | undefined> {
  const known = readStaff(settings);
  if (known) return known;
  const { command, args, env, cwd } = ourProgram('api', 'api/operation/first-start.ts', [], settings);
  const { stdout } = await promisify(execFile)(command, args, { env, cwd: cwd ?? ROOT, timeout: TIMEOUT_MS });
  const made = JSON.parse(stdout.trim().split('\n').at(-1)!) as Partial<Staff>;
  if (!made.email || !made.apiKey || !made.password) return undefined;
  const staff = { email: made.email, apiKey: made.apiKey, password: made.password };
  write(settings, staff);
  return staff;
}

/** The password has been seen: from now on it is not on this machine. */
export const forgetPassword = (settings: Settings, { email, apiKey }: Staff): void =>
  write(settings, { email, apiKey });

const write = ({ data }: Settings, staff: Staff): void =>
  writeWhole(join(data, FILE), `${JSON.stringify(staff, null, 2)}\n`, 0o600);
