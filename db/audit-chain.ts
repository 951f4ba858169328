import { createHash } from 'node:crypto';
import type pg from 'pg';

/** The last link: how many entries the chain has, and the hash that stands for all of them, in hex. */
export interface ChainHead {
  seq: number;
  hash: string;
}

export interface ChainReport {
  /** How far the chain holds. */
  head: ChainHead;
  /** The first break, in words, or null; `seq` is null for an entry that has no number. */
  problem: { seq: number | null; says: string } | null;
}

const START: ChainHead = { seq: 0, hash: createHash('sha256').update('hostwright audit').digest('hex') };
const BATCH = 1_000;

/** The head as it is now, to be kept outside the database: only against it does a tail that was cut show. */
export async function chainHead(client: pg.ClientBase): Promise<ChainHead> {
  const { rows } = await client.query<{ seq: string; hash: Buffer }>(
    'select seq, hash from audit_chain order by seq desc limit 1',
  );
  return rows[0] ? { seq: Number(rows[0].seq), hash: rows[0].hash.toString('hex') } : START;
}

/**
 * Computes every hash again from the entries themselves. Nothing but columns is asked of the database, so changed
 * functions or triggers do not help whoever changed the rows. The same rules as `audit_sequence`, migration 0005.
 * @param client  reads audit_entry, audit_chain and audit_waiting; in no transaction
 * @param kept    a head exported earlier: the chain must still run through it
 */
export async function verifyChain(client: pg.ClientBase, kept: ChainHead = START): Promise<ChainReport> {
  // One snapshot, so that entries numbered meanwhile are not taken for missing.
  await client.query('begin isolation level repeatable read read only');
  try {
    await client.query(`set local timezone = 'UTC'; set local datestyle = 'ISO'; set local extra_float_digits = 1`);
    return await walk(client, kept);
  } finally {
    await client.query('rollback');
  }
}

async function walk(client: pg.ClientBase, kept: ChainHead): Promise<ChainReport> {
  let head = START;
  const broken = (seq: number | null, says: string): ChainReport => ({ head, problem: { seq, says } });
  for (let links = await readLinks(client, 0); links.length > 0; links = await readLinks(client, head.seq)) {
    for (const { seq, hash, entry } of links) {
      if (seq !== head.seq + 1) return broken(head.seq + 1, `number ${head.seq + 1} is missing`);
      if (!entry) return broken(seq, 'the entry is gone');
      const expected = createHash('sha256').update(head.hash, 'hex').update(entry, 'utf8').digest('hex');
      if (expected !== hash) return broken(seq, 'the entry or one before it was changed');
      head = { seq, hash };
      if (seq === kept.seq && hash !== kept.hash) return broken(seq, 'the chain is not the one whose head was kept');
    }
  }
  if (head.seq < kept.seq) {
    return broken(head.seq + 1, `the chain ends at ${head.seq}, but was ${kept.seq} long when its head was kept`);
  }
  const unlinked = await firstUnlinked(client);
  return unlinked ? broken(null, unlinked) : { head, problem: null };
}

interface Link {
  seq: number;
  hash: string;
  /** What is hashed; null when the entry is gone. */
  entry: string | null;
}

/** The links after a number. Columns come as PostgreSQL's own text, which no driver has read and written again. */
async function readLinks(client: pg.ClientBase, after: number): Promise<Link[]> {
  const { rows, fields } = await client.query<(string | null)[]>({
    text: `select c.seq, encode(c.hash, 'hex'), e.* from audit_chain c left join audit_entry e on e.id = c.entry_id
            where c.seq > $1 order by c.seq limit ${BATCH}`,
    values: [after],
    rowMode: 'array',
    types: { getTypeParser: () => (text: string) => text },
  });
  const columns = fields.slice(2);
  return rows.map(([seq, hash, ...values]) => ({
    seq: Number(seq),
    hash: hash!,
    entry: values.every((value) => value === null) ? null : canonical(columns, values),
  }));
}

/** An entry as PostgreSQL writes `jsonb`: columns that are null left out, short names first, then by letter. */
function canonical(columns: pg.FieldDef[], values: (string | null)[]): string {
  const pairs = columns.flatMap(({ name, dataTypeID }, i) => {
    const value = values[i];
    const json = value === null || value === undefined ? 'null' : asJson(name, dataTypeID, value);
    return json === 'null' ? [] : [{ name, json }];
  });
  pairs.sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  return `{${pairs.map(({ name, json }) => `"${name}": ${json}`).join(', ')}}`;
}

/** Oids of pg_type. */
const TYPE = { text: [25, 2950], asItIs: [3802, 20, 21, 23], instant: [1184] };

/** @throws Error on a type that audit_entry has never had: say here how `to_jsonb` writes it */
function asJson(column: string, type: number, text: string): string {
  if (TYPE.text.includes(type)) return JSON.stringify(text);
  if (TYPE.asItIs.includes(type)) return text;
  if (TYPE.instant.includes(type)) return JSON.stringify(text.replace(' ', 'T').replace(/\+00$/, '+00:00'));
  throw new Error(`audit_entry.${column} has type ${type}, which db/audit-chain.ts cannot hash yet.`);
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
