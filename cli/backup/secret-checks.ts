import { createHmac } from 'node:crypto';
import { VARIABLES } from '#domain/configuration/configuration.ts';
import type { Manifest } from './manifest.ts';

/** What a restored installation cannot do without, and what is lost with it. */
const LOST_WITH = {
  SEAL_KEYS: 'the credentials of the nodes and every other sealed secret',
  TEMPORAL_PAYLOAD_KEYS: 'the running orders and subscriptions: no worker can read their histories',
  LICENSE_PEPPER: 'every license key: none is found any more',
} as const;
type CheckedSecret = keyof typeof LOST_WITH;

/** The superuser of the cluster that `npm start` makes, whose password no variable has. */
const PASSWORD = 'databaseSuperuserPassword';

export type SecretValues = Record<string, string | undefined>;
type Check = Manifest['secrets'][number];

/**
 * Proves that a secret is the same later. It reveals nothing: each of them is 256 random bits, and the check is keyed
 * with them.
 */
export function checksOf(values: SecretValues, backupId: string): Check[] {
  return secretsIn(values).map(({ name, id, bytes }) => ({
    name,
    ...(id !== undefined && { id }),
    check: createHmac('sha256', bytes)
      .update(`hostwright/back-up/${backupId}/${name}/${id ?? ''}`)
      .digest('base64url'),
  }));
}

/**
 * What the secrets here lack for a back-up.
 * @returns sentences; `unknown` names secrets that are not set here, so that nothing can be said of them
 */
export function misfitsOf(manifest: Manifest, values: SecretValues): { misfits: string[]; unknown: string[] } {
  const here = checksOf(values, manifest.id);
  const misfits: string[] = [];
  const unknown = new Set<string>();
  for (const { name, id, check } of manifest.secrets) {
    if (!values[name]) unknown.add(name);
    else if (here.some((each) => each.name === name && each.check === check)) continue;
    else
      misfits.push(
        sentence(
          name,
          id,
          here.some((each) => each.name === name && each.id === id),
        ),
      );
  }
  return { misfits, unknown: [...unknown] };
}

function sentence(name: string, id: string | undefined, sameId: boolean): string {
  if (name === PASSWORD) return 'The password of the database’s superuser is another one: nobody gets in.';
  const which = id === undefined ? name : `Key "${id}" of ${name}`;
  const how = sameId ? 'is another one' : 'is not there';
  return `${which} ${how}. Without it is lost: ${LOST_WITH[name as CheckedSecret]}.`;
}

function secretsIn(values: SecretValues): { name: string; id?: string; bytes: Buffer }[] {
  const ring = (name: 'SEAL_KEYS' | 'TEMPORAL_PAYLOAD_KEYS') => {
    const { data } = VARIABLES[name].schema.safeParse(values[name]);
    return (data ?? []).map(({ id, key }) => ({ name, id, bytes: key }));
  };
  const whole = (name: string, encoding: BufferEncoding) =>
    values[name] ? [{ name, bytes: Buffer.from(values[name], encoding) }] : [];
  return [
    ...ring('SEAL_KEYS'),
    ...ring('TEMPORAL_PAYLOAD_KEYS'),
    ...whole('LICENSE_PEPPER', 'base64'),
    ...whole(PASSWORD, 'utf8'),
  ];
}
