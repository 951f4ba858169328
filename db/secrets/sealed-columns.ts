/** A column with sealed text, and how SQL gets at it. */
export interface SealedColumn {
  table: string;
  /** As in `SealPlace`. */
  column: string;
  /** Primary key. */
  key: readonly string[];
  /** `rowId` of `SealPlace`. */
  rowId: string;
  /** Sealed bytes of a row; null where it has none. */
  bytes: string;
  /** What is written for sealed bytes, given as the one `?`. */
  written: string;
}

const ofId = (table: string, column: string): SealedColumn => ({
  table,
  column,
  key: ['id'],
  rowId: 'id::text',
  bytes: column,
  written: '?',
});

const ofUser = (table: string, column: string): SealedColumn => ({
  ...ofId(table, column),
  key: ['user_id'],
  rowId: 'user_id::text',
});

/** An answer that showed a secret is `{"sealed": "<base64>"}` and nothing else; see api/http/idempotency.ts. */
const ANSWER = `case when jsonb_typeof(response) = 'object' then
  case when response - 'sealed' = '{}' and response->>'sealed' ~ '^[A-Za-z0-9+/=]+$' then decode(response->>'sealed', 'base64') end end`;

/** Everything that `SEAL_KEYS` seals. A test holds the list to the database's own columns. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  ofId('node', 'credentials'),
  ofId('panel_credential', 'secret'),
  ofId('license', 'key_sealed'),
  ofId('service_secret', 'sealed'),
  ofUser('second_factor', 'secret'),
  ofUser('second_factor', 'pending_secret'),
  {
    table: 'idempotency',
    column: 'response',
    key: ['actor', 'key'],
    rowId: `actor || '|' || key`,
    bytes: ANSWER,
    // PostgreSQL breaks base64 into lines.
    written: `jsonb_build_object('sealed', replace(encode(?, 'base64'), chr(10), ''))`,
  },
];

/** Id of the key that sealed some bytes, as `db/secrets/seal.ts` lays them out; null for what is not sealed. */
export const keyIdOf = (bytes: string): string =>
  `case when substring(${bytes} for 1) = '\\x01' and length(${bytes}) > 2
    then encode(substring(${bytes} from 3 for get_byte(${bytes}, 1)), 'escape') end`;
