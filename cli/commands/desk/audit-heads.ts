import { readFileSync } from 'node:fs';
import pg from 'pg';
import { DATA } from '#cli/root.ts';
import { verifyChain } from '#db/audit/chain.ts';
import { createHeadSigner, readHeadKeys, readHeads, type HeadKeys, type HeadSigner } from '#db/audit/heads.ts';
import { databaseOf, orUnreachable, readSetting } from '../database.ts';
import { Failure, wrongUse } from '../failure.ts';

/** What the API's answer says, and what became of the heads. */
export interface VerdictAgainstHeads {
  intact: boolean;
  entries: number;
  waiting: number;
  problems: { seq: number | null; problem: string }[];
  heads: {
    good: number;
    last: { seq: number; at: string } | null;
    problems: { line: number; problem: string }[];
  };
}

/**
 * Verifies the chain against heads kept elsewhere. Reads the rows itself, so neither the API nor a function of the
 * database is believed, and no head that is not signed.
 * @param file  lines of `SignedHead`
 * @param publicKeys  without one, that of AUDIT_HEAD_KEY
 */
export async function verifyAgainst(file: string, publicKeys: string[]): Promise<VerdictAgainstHeads> {
  const text = textOf(file);
  const access = databaseOf('DATABASE_READONLY_URL', process.env, DATA);
  const keys = keysOf(publicKeys.length > 0 ? publicKeys : [signerOf(access.setting('AUDIT_HEAD_KEY')).publicKey]);
  const { heads, problems: lines } = readHeads(text, keys);
  if (heads.length + lines.length === 0) throw new Failure('no_heads', `${file} has no heads to verify against.`);
  return orUnreachable(access, async () => {
    const client = new pg.Client({ connectionString: access.url });
    await client.connect();
    try {
      const { problem } = await verifyChain(client, heads);
      const { rows } = await client.query<{ entries: number; waiting: number }>(
        `select (select count(*)::int from audit_chain) as entries, (select count(*)::int from audit_waiting) as waiting`,
      );
      const last = heads.toSorted((a, b) => a.seq - b.seq || a.at.localeCompare(b.at)).at(-1);
      return {
        intact: problem === null && lines.length === 0,
        ...rows[0]!,
        problems: problem ? [{ seq: problem.seq, problem: problem.says }] : [],
        heads: {
          good: heads.length,
          last: last ? { seq: last.seq, at: last.at } : null,
          problems: lines.map(({ line, says }) => ({ line, problem: says })),
        },
      };
    } finally {
      await client.end();
    }
  });
}

/** @throws Failure saying what is wrong with AUDIT_HEAD_KEY, never its value */
export function signerOf(text: string): HeadSigner {
  return createHeadSigner(readSetting('AUDIT_HEAD_KEY', text)!);
}

function keysOf(publicKeys: string[]): HeadKeys {
  try {
    return readHeadKeys(publicKeys);
  } catch (error) {
    throw wrongUse((error as Error).message);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw wrongUse(`The heads cannot be read: ${(error as Error).message}`);
  }
}
