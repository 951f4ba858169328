import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Em } from '../orm.ts';

/** The last link: how many entries the chain has, and the hash that stands for all of them, in hex. */
export interface ChainHead {
  seq: number;
  hash: string;
}

/** A head as it was kept outside the database. */
export interface KeptHead extends ChainHead {
  /** When it was the last link; for messages. */
  at: string;
}

export interface ChainReport {
  /** How far the chain holds. */
  head: ChainHead;
  /** The first break, in words, or null; `seq` is null for an entry that has no number. */
  problem: { seq: number | null; says: string } | null;
}

const START: ChainHead = { seq: 0, hash: createHash('sha256').update('hostwright audit').digest('hex') };
const BATCH = 1_000;
/** What may be about a person, and what goes when it is erased. The same as in `audit_personal`, migration 0007. */
const PERSONAL = ['reason', 'before', 'after', 'network'];
const NOT_CHAINED = [...PERSONAL, 'personal_key', 'erased_by'];

/**
 * Takes up to so many written entries into the chain, the oldest first.
 * @returns how many there were
 */
export async function continueChain(em: Em, most: number): Promise<number> {
  const [row] = await em.execute<{ taken: number }[]>('select audit_sequence(?) as taken', [most]);
  return row!.taken;
}

/** The head as it is now, to be kept outside the database: only against it does a tail that was cut show. */
export async function chainHead(em: Em): Promise<ChainHead> {
  const [row] = await em.execute<{ seq: string; hash: string }[]>(
    `select seq, encode(hash, 'hex') as hash from audit_chain order by seq desc limit 1`,
  );
  return row ? { seq: Number(row.seq), hash: row.hash } : START;
}

/**
 * Computes every hash again from the entries themselves. Nothing but columns is asked of the database, so changed
 * functions or triggers do not help whoever changed the rows. The same rules as `audit_verify`, migration 0007.
 * @param client  reads audit_entry, audit_chain and audit_waiting; in no transaction
 * @param kept    heads exported earlier: the chain must still run through each
 */
export async function verifyChain(client: pg.ClientBase, kept: readonly KeptHead[] = []): Promise<ChainReport> {
  // One snapshot, so that entries numbered meanwhile are not taken for missing.
  await client.query('begin isolation level repeatable read read only');
  try {
    await client.query(`set local timezone = 'UTC'; set local datestyle = 'ISO'; set local extra_float_digits = 1`);
    return await walk(client, kept);
  } finally {
    await client.query('rollback');
  }
}

async function walk(client: pg.ClientBase, kept: readonly KeptHead[]): Promise<ChainReport> {
  let head = START;
  const keptAt = Map.groupBy(kept, ({ seq }) => seq);
  const otherThan = ({ seq, hash }: ChainHead) => keptAt.get(seq)?.find((each) => each.hash !== hash);
  const broken = (seq: number | null, says: string): ChainReport => ({ head, problem: { seq, says } });
  const other = otherThan(START);
  if (other) return broken(0, wasOther(other));
  for (let links = await readLinks(client, 0); links.length > 0; links = await readLinks(client, head.seq)) {
    for (const { seq, hash, entry } of links) {
      if (seq !== head.seq + 1) return broken(head.seq + 1, `number ${head.seq + 1} is missing`);
      if (!entry) return broken(seq, 'the entry is gone');
      const expected = createHash('sha256').update(head.hash, 'hex').update(entry.chained, 'utf8').digest('hex');
      if (expected !== hash) return broken(seq, 'the entry or one before it was changed');
      if (entry.problem) return broken(seq, entry.problem);
      const other = otherThan({ seq, hash });
      if (other) return broken(seq, wasOther(other));
      head = { seq, hash };
    }
  }
  const cut = kept.filter(({ seq }) => seq > head.seq).toSorted((a, b) => a.seq - b.seq)[0];
  if (cut) {
    const says = `the chain ends at ${head.seq}, but was ${cut.seq} long when its head was kept on ${cut.at}`;
    return broken(head.seq + 1, says);
  }
  const unlinked = await firstUnlinked(client);
  return unlinked ? broken(null, unlinked) : { head, problem: null };
}

const wasOther = ({ at }: KeptHead) => `the chain is not the one whose head was kept on ${at}`;

interface Link {
  seq: number;
  hash: string;
  /** Null when the entry is gone. */
  entry: { chained: string; problem: string | null } | null;
}

/** The links after a number. Columns come as PostgreSQL's own text, which no driver has read and written again. */
async function readLinks(client: pg.ClientBase, after: number): Promise<Link[]> {
  const { rows, fields } = await client.query<(string | null)[]>({
    text: `select c.seq, encode(c.hash, 'hex'),
             by.action = 'audit.erased' and by.object_type = 'customer' and by.object_id = e.customer_id::text
               and coalesce(k.seq > c.seq, true) as explained, e.*
             from audit_chain c left join audit_entry e on e.id = c.entry_id
             left join audit_entry by on by.id = e.erased_by left join audit_chain k on k.entry_id = by.id
            where c.seq > $1 order by c.seq limit ${BATCH}`,
    values: [after],
    rowMode: 'array',
    types: { getTypeParser: () => (text: string) => text },
  });
  const columns = fields.slice(3);
  return rows.map(([seq, hash, explained, ...values]) => ({
    seq: Number(seq),
    hash: hash!,
    entry: values.every((value) => value === null) ? null : readEntry(columns, values, explained === 't'),
  }));
}

/**
 * What is hashed of an entry, and what is wrong with the fields that only their digest stands for.
 * @param explained  an entry that came later says that this one was erased
 */
function readEntry(columns: pg.FieldDef[], values: (string | null)[], explained: boolean) {
  const of = (name: string) => values[columns.findIndex((column) => column.name === name)] ?? null;
  const [key, digest, erasedBy] = [of('personal_key'), of('personal_digest'), of('erased_by')];
  // Written before personal fields had a digest of their own.
  if (digest === null) return { chained: canonical(columns, values, () => true), problem: null };
  const chained = canonical(columns, values, (name) => !NOT_CHAINED.includes(name));
  const personal = canonical(columns, values, (name) => PERSONAL.includes(name));
  return { chained, problem: personalProblem({ key, digest, personal, erasedBy, explained }) };
}

interface PersonalFields {
  /** In hex with `\x` before it, as PostgreSQL writes bytes. */
  key: string | null;
  digest: string;
  personal: string;
  erasedBy: string | null;
  explained: boolean;
}

function personalProblem({ key, digest, personal, erasedBy, explained }: PersonalFields): string | null {
  if (erasedBy !== null) {
    if (key !== null || personal !== '{}') return 'the entry has personal fields that are none of its own';
    return explained ? null : 'its personal fields are gone, and no entry says that they were erased';
  }
  const expected = createHash('sha256')
    .update(key?.slice(2) ?? '', 'hex')
    .update(personal, 'utf8')
    .digest('hex');
  return expected === digest.slice(2) ? null : 'the personal fields of the entry were changed';
}

/** Columns as PostgreSQL writes `jsonb`: those that are null left out, short names first, then by letter. */
function canonical(columns: pg.FieldDef[], values: (string | null)[], takes: (column: string) => boolean): string {
  const pairs = columns.flatMap(({ name, dataTypeID }, i) => {
    const value = values[i];
    if (!takes(name) || value === null || value === undefined) return [];
    const json = asJson(name, dataTypeID, value);
    return json === 'null' ? [] : [{ name, json }];
  });
  pairs.sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return `{${pairs.map(({ name, json }) => `"${name}": ${json}`).join(', ')}}`;
}

/** Oids of pg_type. */
const TYPE = { text: [17, 25, 2950], asItIs: [3802, 20, 21, 23], instant: [1184] };

/** @throws Error on a type that audit_entry has never had: say here how `to_jsonb` writes it */
function asJson(column: string, type: number, text: string): string {
  if (TYPE.text.includes(type)) return JSON.stringify(text);
  if (TYPE.asItIs.includes(type)) return text;
  if (TYPE.instant.includes(type)) return JSON.stringify(text.replace(' ', 'T').replace(/\+00$/, '+00:00'));
  throw new Error(`audit_entry.${column} has type ${type}, which db/audit/chain.ts cannot hash yet.`);
}

/** The audit's trigger gives every entry a place in the queue, so one in neither place did not come by it. */
async function firstUnlinked(client: pg.ClientBase): Promise<string | null> {
  const { rows } = await client.query<{ says: string }>(
    `(select 'entry ' || e.id || ' was written around the chain' as says from audit_entry e
       where not exists (select from audit_chain c where c.entry_id = e.id)
         and not exists (select from audit_waiting w where w.entry_id = e.id) order by e.id limit 1)
     union all
     (select 'entry ' || w.entry_id || ' went away before it was numbered' from audit_waiting w
       where not exists (select from audit_entry e where e.id = w.entry_id) order by w.entry_id limit 1)`,
  );
  return rows[0]?.says ?? null;
}
