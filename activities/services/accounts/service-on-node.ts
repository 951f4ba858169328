import { derivedUsernames } from '#domain/services/username.ts';
import type { OrderWishes } from '#db/entities/index.ts';
import { queryOne, statement } from '#db/statements.ts';
import type { Panel } from '#activities/panels/panel.ts';
import type { ActivityParts, NodeToCall } from '#activities/parts.ts';

/** A service, as far as its account is concerned. */
export interface ServiceWithAccount {
  id: string;
  reference: string;
  customerId: string;
  /** Where it is now, which may be another node than the one it is looked at on. */
  nodeId: string;
  username: string;
  externalId: string | null;
  madeByUs: boolean;
  createdAt: Date;
}

/** What its account is made of on one node. */
export interface AccountSpec {
  orderId: string;
  /** Set once the order was taken back. */
  endedAt: Date | null;
  /** Of the order. */
  reference: string;
  wishes: OrderWishes;
  plan: string;
  planId: string;
  packageId: string | null;
  email: string;
  name: string;
  company: string | null;
  /** Names, besides the derived ones, that it has or had on this node or is wished to have; none of another service's account. */
  names: string[];
  /** The first password, sealed, until the account has it. */
  initialPassword: { id: string; sealed: Buffer } | null;
  license: { id: string; sealed: Buffer; quotas: Record<string, number> };
}

/** A service, and a node on which it has, or may have, an account. */
export interface ServiceOnNode {
  service: ServiceWithAccount;
  node: NodeToCall;
  panel: Panel;
  spec: AccountSpec;
}

type Row = Omit<ServiceWithAccount, 'id' | 'reference'> &
  Omit<AccountSpec, 'reference' | 'initialPassword' | 'license'> &
  Omit<NodeToCall, 'id' | 'name'> & {
    serviceId: string;
    serviceReference: string;
    onNodeId: string;
    nodeName: string;
    orderReference: string;
    secretId: string | null;
    secretSealed: Buffer | null;
    licenseId: string;
    licenseSealed: Buffer;
    quotas: Record<string, number> | null;
  };

/** Derived names are looked for anyway, so that nearly always there is nothing to be compared. */
const READ = statement<Row>(
  'read_service_on_node',
  `select s.id as "serviceId", s.reference as "serviceReference", s.customer_id as "customerId", s.node_id as "nodeId", s.username,
     s.external_id as "externalId", s.made_by_us as "madeByUs", s.created_at as "createdAt",
     n.id as "onNodeId", n.name as "nodeName", n.panel, n.base_url as "baseUrl", n.credentials,
     n.credentials_changed_at as "credentialsChangedAt", n.capabilities,
     o.id as "orderId", o.ended_at as "endedAt", o.reference as "orderReference", o.wishes, p.code as plan, p.id as "planId",
     pp.package_id as "packageId", c.email, c.name, c.company,
     w.id as "secretId", w.sealed as "secretSealed", k.id as "licenseId", k.key_sealed as "licenseSealed",
     (select json_object_agg(replace(feature, 'create_', '') || 's', quota) from license_quota where license_id = k.id) as quotas,
     array(
       select known.name from (
         select case when n.id = s.node_id and s.username <> all($derived::text[]) then s.username end
         union select o.wishes->>'username'
         union select username from orphaned_account where service_id = s.id and node_id = n.id
       ) as known(name)
       where known.name is not null and not exists (
         select from service other where other.node_id = n.id and other.username = known.name and other.id <> s.id
           and (other.external_id is not null or other.status not in ('canceled', 'terminated')))
     ) as names
   from service s join node n on n.id = coalesce($elsewhere::uuid, s.node_id)
   join subscription sub on sub.id = s.subscription_id join "order" o on o.id = sub.order_id
   join plan p on p.id = sub.plan_id join customer c on c.id = s.customer_id join license k on k.service_id = s.id
   left join service_secret w on w.service_id = s.id and w.purpose = 'initial_password'
   left join plan_package pp on pp.plan_id = p.id and pp.node_id = n.id
   where s.id = $serviceId`,
);

/** Reads a service on its node, or on another one, with all that its account is made of there. */
export const createServiceReader =
  ({ orm, panels }: Pick<ActivityParts, 'orm' | 'panels'>) =>
  async (serviceId: string, elsewhere?: string): Promise<ServiceOnNode> => {
    const derived = derivedUsernames(serviceId);
    const row = await queryOne(orm, READ, { serviceId, elsewhere: elsewhere ?? null, derived });
    if (!row) throw new Error(`Service ${serviceId} is on no node.`);
    const { onNodeId, nodeName, panel, baseUrl, credentials, credentialsChangedAt, capabilities } = row;
    const node = { id: onNodeId, name: nodeName, panel, baseUrl, credentials, credentialsChangedAt, capabilities };
    const { customerId, nodeId, username, externalId, madeByUs, createdAt } = row;
    const { secretId, secretSealed, licenseId, licenseSealed, quotas } = row;
    const { orderId, endedAt, wishes, plan, planId, packageId, email, name, company, names } = row;
    return {
      service: {
        id: serviceId,
        reference: row.serviceReference,
        customerId,
        nodeId,
        username,
        externalId,
        madeByUs,
        createdAt,
      },
      node,
      panel: panels.of(node),
      spec: {
        orderId,
        endedAt,
        reference: row.orderReference,
        wishes,
        plan,
        planId,
        packageId,
        email,
        name,
        company,
        names,
        initialPassword: secretId && secretSealed ? { id: secretId, sealed: secretSealed } : null,
        license: { id: licenseId, sealed: licenseSealed, quotas: quotas ?? {} },
      },
    };
  };
