import { Node, Service } from '#db/entities/index.ts';
import { derivedNames, type Wanted } from './account-names.ts';
import type { Panel } from '#activities/panels/panel.ts';
import type { ActivityParts } from '#activities/parts.ts';

/** A service, and a node on which it has, or may have, an account. */
export interface OnNode {
  service: Service;
  node: Node;
  panel: Panel;
  wanted: Wanted;
}

/** Reads a service on its node, or on another one, and what its account is made of there. */
export const createOnNode =
  ({ orm, panels }: Pick<ActivityParts, 'orm' | 'panels'>) =>
  async (serviceId: string, elsewhere?: string): Promise<OnNode> => {
    const em = orm.em.fork();
    const service = await em.findOneOrFail(Service, serviceId);
    const node = await em.findOneOrFail(Node, elsewhere ?? service.nodeId!);
    // Derived names are looked for anyway, so that nearly always there is nothing to be compared.
    const own =
      node.id === service.nodeId && !derivedNames(service).includes(service.username!) ? service.username : null;
    const [wanted] = await em.execute<Wanted[]>(
      `select s.order_id as "orderId", o.ended_at as "endedAt", o.reference, o.wishes, p.code as plan, p.id as "planId", pp.package_id as "packageId", c.email, c.name, c.company,
         array(
           select name from (select ? union select o.wishes->>'username' union select username from account_left where service_id = ? and node_id = ?) as names(name)
           where name is not null and not exists (
             select from service other where other.node_id = ? and other.username = name and other.id <> ?
               and (other.external_id is not null or other.status not in ('canceled', 'terminated')))
         ) as names
       from subscription s join "order" o on o.id = s.order_id join plan p on p.id = s.plan_id join customer c on c.id = s.customer_id
       left join plan_package pp on pp.plan_id = s.plan_id and pp.node_id = ?
       where s.id = ?`,
      [own, service.id, node.id, node.id, service.id, node.id, service.subscriptionId],
    );
    return { service, node, wanted: wanted!, panel: panels.of(node) };
  };
