import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase('hashes');
});
afterAll(() => db.drop());

/** Every column that holds a hash, and why nobody who has the database learns from it what was hashed. */
const HASHES: Record<string, string> = {
  'api_key.key_hash': '256 random bits',
  'audit_chain.hash': 'of what the entries say beside it; what is about a person is in there as its digest only',
  'audit_entry.personal_digest': 'with 256 random bits of its own, which go when the words go',
  'idempotency.request_hash': 'keyed by SESSION_SECRET',
  'license.key_hash': 'keyed by LICENSE_PEPPER',
  'one_time_token.token_hash': '256 bits, random or keyed by a secret of the worker',
  'account_request.password_hash': 'argon2id with its own salt',
  'recovery_code.code_hash': '120 random bits',
  'session.token_hash': '256 random bits',
  'user_account.password_hash': 'argon2id with its own salt',
};
/** Bytes and names that only look like one. */
const OTHERS: Record<string, string> = {
  'audit_entry.personal_key': 'random bits',
  'guess.key': 'a network, or an address hashed under a key from SESSION_SECRET',
  'idempotency.key': 'what the client chose, for a week',
  'webhook_inbox.body': 'what the gateway sent',
};

it('SECR-01: every column that may hold a hash is known, with why what was hashed cannot be guessed', async () => {
  const found = await db.sql<{ name: string }>(
    `select table_name || '.' || column_name as name from information_schema.columns
     where table_schema = 'public' and (data_type = 'bytea' or column_name ~ 'hash|digest|checksum|fingerprint')`,
  );
  const sealed = SEALED_COLUMNS.map(({ table, column }) => `${table}.${column}`);
  const names = found.map(({ name }) => name).filter((name) => !sealed.includes(name));
  const known = { ...HASHES, ...OTHERS };
  expect(names.filter((name) => !(name in known))).toEqual([]);
  expect(Object.keys(HASHES).filter((name) => !names.includes(name))).toEqual([]);
});
