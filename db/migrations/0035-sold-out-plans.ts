import { Migration } from '@mikro-orm/migrations';

/**
 * A plan that no node can take may be sold out before anybody pays. Who places an order may so ask what the rule of
 * placement looks at, and nothing else of nodes and packages.
 */
export class SoldOutPlans0035 extends Migration {
  override up(): void {
    this.addSql(`
alter table plan add when_full text not null default 'wait' check (when_full in ('wait', 'refuse'));
create function placement_candidates(plans uuid[]) returns table (
  plan_id uuid, id uuid, name text, panel text, capacity integer, slots_taken integer, draining boolean, health text, package_id text
) language sql stable security definer set search_path = public, pg_temp as $$
  select p.id, n.id, n.name, n.panel, n.capacity, n.slots_taken, n.draining, n.health, pp.package_id
  from plan p join node n on n.panel = p.panel left join plan_package pp on pp.node_id = n.id and pp.plan_id = p.id
  where p.id = any(plans)
$$;
revoke execute on function placement_candidates(uuid[]) from public;
grant execute on function placement_candidates(uuid[]) to hostwright_api, hostwright_customer, hostwright_staff, hostwright_worker;`);
  }

  override down(): void {
    this.addSql('drop function placement_candidates; alter table plan drop when_full;');
  }
}
