/** The accounts of the simulated panel: unique names and addresses, whole-number ids, and a memory of the deleted. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Collection } from '#activities/simulation/store.ts';

/** Source: nextpanel.md A5. */
export const CreateAccount = z.object({
  username: z.string().min(1).max(50),
  email: z.email(),
  password: z.string().min(1),
  full_name: z.string().nullish(),
  phone: z.string().nullish(),
  company: z.string().nullish(),
  package_id: z.union([z.int(), z.string().regex(/^\d+$/)]).nullish(),
  is_admin: z.boolean().default(false),
  billing_id: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

export interface SimulatedAccount {
  id: number;
  username: string;
  email: string;
  passwordSha256: string;
  full_name: string | null;
  company: string | null;
  package_id: number | null;
  is_admin: boolean;
  billing_id: string | null;
  metadata: Record<string, unknown> | null;
  state: 'active' | 'suspended' | 'deleted';
  suspendReason: string | null;
  license: { key: string; plan: string; features: Record<string, unknown> } | null;
  usage: Partial<Record<'domains' | 'databases' | 'emails' | 'certificates' | 'storageBytes', number>>;
  lastLoginAt: string | null;
  createdAt: string;
  /** Its states, oldest first; rows kept by an earlier version have none. */
  journal?: { at: string; state: SimulatedAccount['state'] }[];
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export function createAccounts(rows: Collection<SimulatedAccount>, now: () => Date) {
  /** Where a name or an address was last seen; the row is asked whether it still holds. */
  const names = new Map<string, number>();
  const addresses = new Map<string, number>();
  let nextId = 1_001;
  const learn = ({ id, username, email }: SimulatedAccount) => {
    names.set(username.toLowerCase(), id);
    addresses.set(email.toLowerCase(), id);
    nextId = Math.max(nextId, id + 1);
  };
  for (const row of rows.all()) learn(row);

  const alive = (id: number | undefined) => {
    const row = id === undefined ? undefined : rows.get(String(id));
    return row && row.state !== 'deleted' ? row : undefined;
  };
  const save = (row: SimulatedAccount) => rows.set(String(row.id), row);

  return {
    alive,
    byEmail: (email: string) => alive(addresses.get(email.toLowerCase())),
    living: () => rows.all().filter(({ state }) => state !== 'deleted'),
    /** Deleted ones too. */
    everMade: () => rows.all(),
    /** The account, or the detail of the refusal. */
    create(given: z.output<typeof CreateAccount>): SimulatedAccount | string {
      if (alive(names.get(given.username.toLowerCase()))) return 'User with this username already exists';
      if (alive(addresses.get(given.email.toLowerCase()))) return 'User with this email already exists';
      const createdAt = now().toISOString();
      const row: SimulatedAccount = {
        id: nextId,
        username: given.username,
        email: given.email,
        passwordSha256: sha256(given.password),
        full_name: given.full_name ?? null,
        company: given.company ?? null,
        package_id: given.package_id == null ? null : Number(given.package_id),
        is_admin: given.is_admin,
        billing_id: given.billing_id ?? null,
        metadata: given.metadata ?? null,
        state: 'active',
        suspendReason: null,
        license: null,
        usage: {},
        lastLoginAt: null,
        createdAt,
        journal: [{ at: createdAt, state: 'active' }],
      };
      learn(row);
      return save(row);
    },
    change(row: SimulatedAccount, change: Partial<SimulatedAccount>) {
      const { state = row.state } = change;
      const entries = state === row.state ? [] : [{ at: now().toISOString(), state }];
      return save({ ...row, ...change, journal: [...(row.journal ?? []), ...entries] });
    },
    setPassword: (row: SimulatedAccount, password: string) => save({ ...row, passwordSha256: sha256(password) }),
    /** The account of that name, unless the password is another one or it is suspended. */
    signIn(username: string, password: string): SimulatedAccount | undefined {
      const row = alive(names.get(username.toLowerCase()));
      if (row?.state !== 'active' || row.passwordSha256 !== sha256(password)) return undefined;
      return save({ ...row, lastLoginAt: now().toISOString() });
    },
    /** How many accounts there are, and ever were, for each `billing_service_id`. */
    byService(): Record<string, { alive: number; made: number }> {
      const counts: Record<string, { alive: number; made: number }> = {};
      for (const { metadata, state } of rows.all()) {
        const service = metadata?.['billing_service_id'];
        if (typeof service !== 'string') continue;
        const count = (counts[service] ??= { alive: 0, made: 0 });
        count.made += 1;
        if (state !== 'deleted') count.alive += 1;
      }
      return counts;
    },
  };
}
export type Accounts = ReturnType<typeof createAccounts>;

/** As FastAPI words what it does not accept, the whole input included. */
export function fastApiErrors(error: z.ZodError, body: unknown): { detail: object[] } {
  const detail = error.issues.map(({ path, code, message }) => {
    const loc = ['body', ...path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
    const input = path.reduce<unknown>((value, part) => (value as Record<PropertyKey, unknown>)?.[part], body);
    if (input === undefined) return { type: 'missing', loc, msg: 'Field required', input: body };
    return { type: code === 'invalid_type' ? 'type_error' : 'value_error', loc, msg: message, input };
  });
  return { detail };
}
