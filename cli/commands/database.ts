import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { environmentOf } from '#cli/start/environment.ts';
import { readJson } from '#cli/start/files.ts';
import { PORTS } from '#cli/start/processes/ports.ts';
import { openSecrets } from '#cli/start/processes/secrets.ts';
import { isUnreachable } from '#cli/unreachable.ts';
import type { Em, Orm } from '#db/orm.ts';
import { VARIABLES } from '#domain/configuration/configuration.ts';
import { EXIT, Failure, wrongUse } from './failure.ts';

type Environment = Record<string, string | undefined>;
type Setting = 'SEAL_KEYS' | 'AUDIT_HEAD_KEY';
type Output<Name extends Setting> = z.output<(typeof VARIABLES)[Name]['schema']>;
type Url = 'DATABASE_OWNER_URL' | 'DATABASE_READONLY_URL';

/** For commands that go past the API: what they read, and where it came from. */
export interface DatabaseAccess {
  url: string;
  /** Host and name, for people. */
  where: string;
  /** Another variable that belongs to this database. @throws Failure naming it when it is not there */
  setting(name: Setting): string;
}

/**
 * The database of the environment, else the one `npm start` made in the data folder. Secrets come from where the
 * database comes from: a key made here is never tried on another's.
 * @throws Failure saying what to set
 */
export function databaseOf(variable: Url, env: Environment, data: string): DatabaseAccess {
  const named = env[variable];
  const values = named ? env : madeHere(env, data);
  const url = values?.[variable];
  if (!url || !URL.canParse(url)) {
    throw wrongUse(named ? `${variable} is not an address.` : `${variable} is not set, and npm start made none here.`, [
      `Set it, for instance to postgres://hostwright_${variable.includes('OWNER') ? 'owner' : 'readonly'}:…@host:5432/hostwright.`,
    ]);
  }
  const { host, pathname } = new URL(url);
  return {
    url,
    where: `${pathname.slice(1)} at ${host}`,
    setting(name) {
      const value = values[name];
      if (!value) throw wrongUse(`${name} is not set: it belongs to ${variable}.`);
      return value;
    },
  };
}

/** A variable that no database belongs to: of the environment, else what `npm start` made. @throws Failure without it */
export function settingOf(name: 'AUDIT_HEAD_KEY', env: Environment, data: string): string {
  const value = env[name] || madeHere(env, data)?.[name];
  if (!value) throw wrongUse(`${name} is not set, and npm start made none here.`);
  return value;
}

/** What `npm start` would tell a program of ours. */
function madeHere(env: Environment, data: string): Environment | undefined {
  const file = join(data, 'secrets.json');
  if (!existsSync(file)) return undefined;
  const ports = { ...PORTS, ...readJson(join(data, 'ports.json'), {}) };
  return environmentOf('tools', { own: env, ports, secrets: openSecrets(file), data });
}

/** What a variable's text means. @throws Failure saying what is wrong with it, never its value */
export function readSetting<Name extends Setting>(name: Name, text: string): Output<Name> {
  const { success, data, error } = VARIABLES[name].schema.safeParse(text);
  if (!success) throw wrongUse(`${name} ${error.issues.map(({ message }) => message).join('; ')}.`);
  return data as Output<Name>;
}

/** Opens it for one command. @throws Failure when it cannot be reached */
export async function withDatabase<T>(access: DatabaseAccess, work: (orm: Orm, em: Em) => Promise<T>): Promise<T> {
  const { openOrm } = await import('#db/orm.ts');
  return orUnreachable(access, async () => {
    const orm = await openOrm(access.url, 2);
    try {
      return await work(orm, orm.em.fork());
    } finally {
      await orm.close(true);
    }
  });
}

/** @throws Failure in place of an error that says the database cannot be signed in to */
export async function orUnreachable<T>({ where }: Pick<DatabaseAccess, 'where'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new Failure(
      'database_unreachable',
      `The database ${where} cannot be used: ${error.message || error.code || error.name}.`,
      {
        exit: EXIT.unreachable,
      },
    );
  }
}
