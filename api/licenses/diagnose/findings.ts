import type { LicenseFacts, LicenseStatus } from '#domain/licenses/license-decision.ts';
import type { Em } from '#db/orm.ts';
import { LICENSE_SCOPE } from '#api/people/auth/api-keys.ts';

/** All that is known about one license, for whoever has to explain its answers. Instants are PostgreSQL's text. */
export interface FoundLicense {
  id: string;
  key_hint: string;
  status: LicenseStatus;
  in_grace: boolean;
  unnamed_features: LicenseFacts['unnamedFeatures'];
  /** Whole seconds until it ends; 0 or less is past. */
  ends_in_seconds: number | null;
  issued_at: string;
  expires_at: string | null;
  last_validated_at: string | null;
  validations: number;
  plan: { code: string; name: string };
  customer: { id: string; number: number; reference: string; name: string };
  order: { id: string; reference: string };
  service: { id: string; reference: string; status: string; username: string | null };
  subscription: { reference: string; status: string; paid_through: string | null };
  node: { id: string; name: string } | null;
  quotas: { feature: string; quota: number; gauge: number; held: number }[];
}

export interface FoundNode {
  id: string;
  name: string;
  health: 'healthy' | 'failing';
  draining: boolean;
  checked_at: string | null;
  /** Keys its panel may sign with now, and when one of them last was. */
  credentials: number;
  credential_used_at: string | null;
  /** API keys that may ask for any node. */
  api_keys: number;
}

/** By the hash of its key; the same facts, by the same clock, as the license path decides from. */
export async function findLicense(em: Em, keyHash: Buffer): Promise<FoundLicense | null> {
  const [row] = await em.execute<FoundLicense[]>(
    `select l.id, l.key_hint, l.status, l.in_grace, l.unnamed_features, l.issued_at, l.expires_at, l.last_validated_at,
       l.validations::float8 as validations,
       case when l.expires_at <= now() then 0 else ceil(extract(epoch from l.expires_at - now()))::float8 end as ends_in_seconds,
       case when n.id is not null then json_build_object('id', n.id, 'name', n.name) end as node,
       json_build_object('code', p.code, 'name', p.name) as plan,
       json_build_object('id', c.id, 'number', c.number, 'reference', c.reference, 'name', c.name) as customer,
       json_build_object('id', o.id, 'reference', o.reference) as "order",
       json_build_object('id', s.id, 'reference', s.reference, 'status', s.status, 'username', s.username) as service,
       json_build_object('reference', b.reference, 'status', b.status, 'paid_through', b.paid_through) as subscription,
       (select coalesce(json_agg(json_build_object('feature', q.feature, 'quota', q.quota, 'gauge', q.gauge, 'held', q.held)
          order by q.feature), '[]') from license_quota q where q.license_id = l.id) as quotas
     from license l join plan p on p.id = l.plan_id join customer c on c.id = l.customer_id
     join service s on s.id = l.service_id join subscription b on b.id = s.subscription_id join "order" o on o.id = b.order_id
     left join node n on n.id = l.node_id
     where l.id = license_with_key(?)`,
    [keyHash],
  );
  return row ?? null;
}

export async function findAskingNode(em: Em, id: string): Promise<FoundNode | null> {
  const [row] = await em.execute<FoundNode[]>(
    `select n.id, n.name, n.health, n.draining, n.checked_at,
       count(k.id)::int as credentials, max(k.last_used_at) as credential_used_at,
       (select count(*)::int from api_key a where ? = any(a.scopes) and a.revoked_at is null
          and (a.expires_at is null or a.expires_at > now())) as api_keys
     from node n left join panel_credential k on k.node_id = n.id and k.revoked_at is null
       and (k.expires_at is null or k.expires_at > now())
     where n.id = ? group by n.id`,
    [LICENSE_SCOPE, id],
  );
  return row ?? null;
}
