import pg from 'pg';
import { newId } from '#domain/ids.ts';
import type { LicenseFacts } from '#domain/licenses/license-decision.ts';

/**
 * The license path's own way to the database: its own role and connections, prepared statements, no ORM.
 * What it may read and write is in the access migration.
 */
export interface LicenseQuestion {
  keyHash: Buffer;
  feature: string;
  /** Only a license this node serves is seen; null sees all. A foreign license is as one that does not exist. */
  nodeId: string | null;
}

export interface SeenLicense extends LicenseFacts {
  id: string;
  /** Seconds since 1970, or null. */
  expiresAt: number | null;
}

export interface PanelCredentialRow {
  id: string;
  keyId: string;
  nodeId: string;
  secret: Buffer;
  scopes: string[];
  allowedNetworks: string[];
}
export interface ApiKeyRow {
  id: string;
  scopes: string[];
  allowedNetworks: string[];
}
export interface SecurityEvent {
  action: string;
  actor: { type: 'anonymous' | 'panel' | 'api_key'; id: string | null };
  object: { type: string; id: string | null };
  network: string | null;
  /** Happenings this one entry stands for. */
  count: number;
  detail: Record<string, string>;
}

// Flags and numbers travel as text: parsing them by column type costs more than reading them here.
const ASK_LICENSES = `
select q.n, l.id, l.status, l.in_grace, l.unnamed_features, f.quota, f.gauge, f.held,
  floor(extract(epoch from l.expires_at))::bigint,
  case when l.expires_at <= now() then 0 else ceil(extract(epoch from l.expires_at - now()))::bigint end
from unnest($1::bytea[], $2::text[], $3::uuid[]) with ordinality q (key_hash, feature, node_id, n)
join license l on l.key_hash = q.key_hash and (q.node_id is null or l.node_id = q.node_id)
left join license_quota f on f.license_id = l.id and f.feature = q.feature`;

const ASK_PANEL_CREDENTIALS = `
select id, key_id as "keyId", node_id as "nodeId", secret, scopes, allowed_networks as "allowedNetworks"
from panel_credential
where key_id = any($1::text[]) and revoked_at is null and (expires_at is null or expires_at > now())`;

const ASK_API_KEYS = `
select key_hash as "keyHash", id, scopes, allowed_networks as "allowedNetworks" from api_key
where key_hash = any($1::bytea[]) and revoked_at is null and (expires_at is null or expires_at > now())`;

const COUNT_CHECKS = `
update license l set validations = l.validations + c.n, last_validated_at = now()
from unnest($1::uuid[], $2::integer[]) c (id, n) where l.id = c.id`;

const TOUCH_CREDENTIALS = `update panel_credential set last_used_at = now() where id = any($1::uuid[])`;

const WRITE_EVENTS = `
insert into audit_entry (id, at, actor_type, actor_id, action, object_type, object_id, after, network, result)
select e.id, now(), e.actor_type, e.actor_id, e.action, e.object_type, e.object_id, e.after, e.network, 'refused'
from jsonb_to_recordset($1::jsonb) e (id uuid, actor_type text, actor_id text, action text, object_type text,
  object_id text, after jsonb, network text)`;

export interface LicensePathOptions {
  /** postgres:// of the role hostwright_license. */
  url: string;
  /** Connections, those that count and explain included. */
  connections?: number;
  /** How long the server works at a statement at most; whoever asks waits at most twice as long. */
  statementMs?: number;
  onLostConnection?(error: Error): void;
}

export function openLicensePath({
  url,
  connections = 4,
  statementMs = 250,
  onLostConnection = () => {},
}: LicensePathOptions) {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: 2 * statementMs,
    statement_timeout: statementMs,
    // Planned for its arrays each time, the statement costs four times what it costs to run.
    options: '-c plan_cache_mode=force_generic_plan',
    // For a server that does not answer at all; the connection is given up then.
    query_timeout: 2 * statementMs,
    keepAlive: true,
    application_name: 'hostwright license path',
  });
  pool.on('error', onLostConnection);

  return {
    /** @returns per question the license, or null: none, or none to be seen */
    async askLicenses(questions: LicenseQuestion[]): Promise<(SeenLicense | null)[]> {
      const answers: (SeenLicense | null)[] = Array.from({ length: questions.length }, () => null);
      const { rows } = await pool.query<LicenseColumns>({
        name: 'ask_licenses',
        text: ASK_LICENSES,
        values: [
          arrayOf(questions, hexOfHash),
          questions.map(({ feature }) => feature),
          arrayOf(questions, nodeOrNull),
        ],
        rowMode: 'array',
        types: AS_TEXT,
      } as pg.QueryArrayConfig);
      for (const row of rows) answers[Number(row[0]) - 1] = seen(row);
      return answers;
    },

    async askPanelCredentials(keyIds: string[]): Promise<PanelCredentialRow[]> {
      return (
        await pool.query<PanelCredentialRow>({ name: 'ask_panels', text: ASK_PANEL_CREDENTIALS, values: [keyIds] })
      ).rows;
    },
    async askApiKeys(keyHashes: Buffer[]): Promise<(ApiKeyRow & { keyHash: Buffer })[]> {
      return (
        await pool.query<ApiKeyRow & { keyHash: Buffer }>({ name: 'ask_keys', text: ASK_API_KEYS, values: [keyHashes] })
      ).rows;
    },
    /** @returns ids by the names of nodes; names without a node are absent */
    async askNodes(names: string[]): Promise<Map<string, string>> {
      const text = 'select name, id from node where name = any($1::text[])';
      const { rows } = await pool.query<{ name: string; id: string }>({ name: 'ask_nodes', text, values: [names] });
      return new Map(rows.map(({ name, id }) => [name, id]));
    },

    /** Adds checks to their licenses' counters. Rows are locked in the order of ids, so two writers never cross. */
    async countChecks(counts: [licenseId: string, checks: number][]): Promise<void> {
      const sorted = counts.toSorted(([a], [b]) => (a < b ? -1 : 1));
      const values = [sorted.map(([id]) => id), sorted.map(([, checks]) => checks)];
      await pool.query({ name: 'count_checks', text: COUNT_CHECKS, values });
    },
    async touchCredentials(ids: string[]): Promise<void> {
      await pool.query({ name: 'touch_panels', text: TOUCH_CREDENTIALS, values: [ids.toSorted()] });
    },
    async writeEvents(events: SecurityEvent[]): Promise<void> {
      const entries = events.map(({ action, actor, object, network, count, detail }) => ({
        id: newId(),
        actor_type: actor.type,
        actor_id: actor.id,
        action,
        object_type: object.type,
        object_id: object.id,
        after: { ...detail, count },
        network,
      }));
      await pool.query({ name: 'write_events', text: WRITE_EVENTS, values: [JSON.stringify(entries)] });
    },

    close: () => pool.end(),
  };
}
export type LicensePath = ReturnType<typeof openLicensePath>;

type LicenseColumns = [
  n: string,
  id: string,
  status: LicenseFacts['status'],
  inGrace: string,
  unnamedFeatures: LicenseFacts['unnamedFeatures'],
  quota: string | null,
  gauge: string | null,
  held: string | null,
  expiresAt: string | null,
  endsInSeconds: string | null,
];

const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

const seen = ([, id, status, inGrace, unnamedFeatures, quota, gauge, held, expiresAt, ends]: LicenseColumns) => ({
  id,
  status,
  inGrace: inGrace === 't',
  unnamedFeatures,
  quota: quota === null ? null : { quota: Number(quota), gauge: Number(gauge), held: Number(held) },
  expiresAt: expiresAt === null ? null : Number(expiresAt),
  endsInSeconds: ends === null ? null : Number(ends),
});

const hexOfHash = ({ keyHash }: LicenseQuestion) => `"\\\\x${keyHash.toString('hex')}"`;
const nodeOrNull = ({ nodeId }: LicenseQuestion) => nodeId ?? 'NULL';

/** An array literal; only for elements that need no quoting, or bring it along. */
function arrayOf(questions: LicenseQuestion[], element: (question: LicenseQuestion) => string): string {
  let text = '{';
  for (let i = 0; i < questions.length; i += 1) text += (i > 0 ? ',' : '') + element(questions[i]!);
  return `${text}}`;
}
