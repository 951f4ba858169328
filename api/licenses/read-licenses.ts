import type { z } from '@hono/zod-openapi';
import type { Em } from '#db/orm.ts';
import type { FindLicenses, LicenseList } from '../contracts/licenses.ts';
import { likeText, pageOf, pageQuery } from '../http/page.ts';
import { isoOf, isoOrNull } from '../http/sql-time.ts';

interface LicenseRow {
  id: string;
  key_hint: string;
  status: 'active' | 'suspended' | 'expired' | 'cancelled';
  plan_code: string;
  plan_name: string;
  service_id: string;
  service_reference: string;
  username: string | null;
  node_name: string | null;
  quotas: Record<string, number>;
  issued_at: string;
  expires_at: string | null;
  customer_id: string;
  customer_name: string;
  customer_number: number;
}

/** Newest first; ids are time-ordered. Staff get to see whose they are. */
export async function findLicenses(
  em: Em,
  { customerId, q, after, limit }: z.infer<typeof FindLicenses> & { customerId?: string | undefined },
): Promise<z.infer<typeof LicenseList>> {
  const like = q && `%${likeText(q.toLowerCase())}%`;
  const [sql, values] = pageQuery(
    `select k.id, k.key_hint, k.status, k.issued_at, k.expires_at, p.code as plan_code, p.name as plan_name,
       s.id as service_id, s.reference as service_reference, s.username, n.name as node_name, c.id as customer_id, c.name as customer_name, c.number::integer as customer_number,
       (select coalesce(json_object_agg(x.feature, x.quota order by x.feature), '{}') from license_quota x where x.license_id = k.id) as quotas
     from license k join plan p on p.id = k.plan_id join service s on s.id = k.service_id join customer c on c.id = k.customer_id
     left join node n on n.id = s.node_id`,
    [
      !!customerId && ['k.customer_id = ?', customerId],
      !!after && ['k.id < ?', after],
      !!like && ['lower(k.key_hint) like ? or s.username like ? or lower(s.reference) like ?', like, like, like],
    ],
    'k.id desc',
    limit,
  );
  const { page, next } = pageOf(await em.execute<LicenseRow[]>(sql, values), limit);
  const licenses = page.map((row) => ({
    id: row.id,
    key_hint: row.key_hint,
    status: row.status,
    plan: { code: row.plan_code, name: row.plan_name },
    service: { id: row.service_id, reference: row.service_reference, username: row.username },
    node: row.node_name,
    quotas: row.quotas,
    issued_at: isoOf(row.issued_at),
    expires_at: isoOrNull(row.expires_at),
    ...(!customerId && { customer: { id: row.customer_id, number: row.customer_number, name: row.customer_name } }),
  }));
  return { licenses, next };
}

/** @param customerId  only if it is this customer's; row-level security holds as well. Staff read no more of the column than this one */
export async function readSealedKey(
  em: Em,
  id: string,
  customerId?: string,
): Promise<{ keySealed: Buffer; customerId: string } | undefined> {
  const [row] = await em.execute<{ key_sealed: Buffer; customer_id: string }[]>(
    customerId
      ? `select key_sealed, customer_id from license where id = ? and customer_id = ?`
      : `select sealed_license_key(id) as key_sealed, customer_id from license where id = ?`,
    customerId ? [id, customerId] : [id],
  );
  return row && { keySealed: row.key_sealed, customerId: row.customer_id };
}
