import type { z } from '@hono/zod-openapi';
import { newId } from '#domain/ids.ts';
import type { Em } from '#db/orm.ts';
import { issuePanelCredential } from '#db/secrets/panel-credentials.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import type { NewPanelCredential, PanelCredentialView } from '../contracts/nodes.ts';
import { notFound, Problem } from '../http/problem.ts';
import { isoOf, isoOrNull } from '../http/sql-time.ts';

/** Active at once: the one in use, and the one that replaces it (PANEL-02). */
const MOST_ACTIVE = 2;
const SCOPES = ['license:validate'];

type View = z.infer<typeof PanelCredentialView>;
type Row = Omit<View, 'created_at' | 'expires_at' | 'revoked_at'> & {
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
};
/** What is sealed is not read: staff have no right to that column. */
const COLUMNS = 'id, key_id, node_id, scopes, allowed_networks, created_at, expires_at, revoked_at';

/** @throws Problem 404 */
export async function listCredentials(em: Em, nodeId: string): Promise<View[]> {
  await lockNode(em, nodeId);
  const rows = await em.execute<Row[]>(`select ${COLUMNS} from panel_credential where node_id = ? order by id desc`, [
    nodeId,
  ]);
  return rows.map(viewOf);
}

/**
 * @returns the new key with its secret, shown this once
 * @throws Problem 404, 409 when two are active
 */
export async function addCredential(
  em: Em,
  sealer: Sealer,
  { nodeId, networks }: { nodeId: string; networks: string[] },
  asOf: Date,
): Promise<z.infer<typeof NewPanelCredential>> {
  await lockNode(em, nodeId);
  const [active] = await em.execute<{ count: number }[]>(
    `select count(*)::int as count from panel_credential
     where node_id = ? and revoked_at is null and (expires_at is null or expires_at > ?)`,
    [nodeId, asOf],
  );
  if (active!.count >= MOST_ACTIVE) {
    throw new Problem(
      409,
      'two_keys_active',
      'Two keys of this node are active already. Revoke the one its panel does not use.',
    );
  }
  const id = newId();
  const { keyId, secret, sealed } = issuePanelCredential(sealer, id);
  const [row] = await em.execute<Row[]>(
    `insert into panel_credential (id, key_id, node_id, secret, scopes, allowed_networks, created_at)
     values (?, ?, ?, ?, ?, ?, ?) returning ${COLUMNS}`,
    [id, keyId, nodeId, sealed, arrayText(SCOPES), arrayText(networks), asOf],
  );
  return { ...viewOf(row!), secret };
}

/** @returns the key, and whether it was revoked just now. @throws Problem 404 */
export async function revokeCredential(
  em: Em,
  { nodeId, credentialId }: { nodeId: string; credentialId: string },
  asOf: Date,
): Promise<{ credential: View; now: boolean }> {
  const of = [credentialId, nodeId];
  const revoked = await em.execute(
    `update panel_credential set revoked_at = ? where id = ? and node_id = ? and revoked_at is null returning id`,
    [asOf, ...of],
  );
  const [row] = await em.execute<Row[]>(`select ${COLUMNS} from panel_credential where id = ? and node_id = ?`, of);
  if (!row) throw notFound('panel credential');
  return { credential: viewOf(row), now: revoked.length > 0 };
}

/** Two changes of one node's keys wait for each other. */
async function lockNode(em: Em, nodeId: string): Promise<void> {
  const [node] = await em.execute(`select 1 from node where id = ? for update`, [nodeId]);
  if (!node) throw notFound('node');
}

const viewOf = (row: Row): View => ({
  ...row,
  created_at: isoOf(row.created_at),
  expires_at: isoOrNull(row.expires_at),
  revoked_at: isoOrNull(row.revoked_at),
});

/** Words and addresses; nothing in them needs quoting inside an array. */
const arrayText = (words: readonly string[]): string => `{${words.join(',')}}`;
