import { Migration } from '@mikro-orm/migrations';

/**
 * A plan that no node can take may be sold out before anybody pays. That a node takes something new is said once, in its
 * row, and whoever places an order may ask whether some node does, without reading nodes or packages.
 */
export class SoldOutPlans0035 extends Migration {
  override up(): void {
    this.addSql(`
alter table plan add when_full text not null default 'wait' check (when_full in ('wait', 'refuse'));
alter table node add takes_new boolean not null
  generated always as (slots_taken < capacity and not draining and health = 'healthy') stored;
-- Of these plans those that can be placed now, on that node or, where none is named, on any.
create function placeable_plans(plans uuid[], on_node uuid) returns setof uuid
  language sql stable security definer set search_path = public, pg_temp as $$
  select p.id from plan p where p.id = any(plans) and exists (
    select from plan_package pp join node n on n.id = pp.node_id
    where pp.plan_id = p.id and n.panel = p.panel and n.takes_new and (on_node is null or n.id = on_node))
$$;
revoke execute on function placeable_plans(uuid[], uuid) from public;
grant execute on function placeable_plans(uuid[], uuid) to hostwright_api, hostwright_customer, hostwright_staff;`);
  }

  override down(): void {
    this.addSql('drop function placeable_plans; alter table node drop takes_new; alter table plan drop when_full;');
  }
}
