import { randomBytes } from 'node:crypto';
import { readJson, writeWhole } from '../files.ts';
import { hex } from '../sandbox/sandbox-vendor.ts';
import { SANDBOX_SECRETS } from '../sandbox/vendors.ts';

const base64 = (bytes: number) => () => randomBytes(bytes).toString('base64');

/** Every secret of this installation, and how one is made. A new one is added here; what exists is never changed. */
const SECRETS = {
  databaseSuperuserPassword: hex(32),
  databaseOwnerPassword: hex(32),
  databaseApiPassword: hex(32),
  databaseWorkerPassword: hex(32),
  databaseLicensePassword: hex(32),
  databaseReadonlyPassword: hex(32),
  /** Seals credentials in the database. */
  sealingKey: base64(32),
  /** Encrypts what enters a Temporal history. */
  payloadKey: base64(32),
  /** Signs the heads of the audit chain that are kept beside the database. */
  auditHeadKey: base64(32),
  sessionSecret: base64(32),
  licensePepper: base64(32),
  /** Part of the address at which the local Temporal UI has payloads decoded. */
  codecUiToken: hex(32),
  /** What the simulated vendors know us by. */
  ...SANDBOX_SECRETS,
} satisfies Record<string, () => string>;

export type SecretName = keyof typeof SECRETS;
export type Secrets = Record<SecretName, string>;

/** The secrets in the file; those that are missing are made now. Only the owner of the file may read it. */
export function openSecrets(file: string): Secrets {
  const known = readJson<Partial<Secrets>>(file, {});
  const names = Object.keys(SECRETS) as SecretName[];
  const secrets = Object.fromEntries(names.map((name) => [name, known[name] ?? SECRETS[name]()])) as Secrets;
  if (names.some((name) => known[name] === undefined)) {
    writeWhole(file, `${JSON.stringify({ ...known, ...secrets }, null, 2)}\n`, 0o600);
  }
  return secrets;
}
