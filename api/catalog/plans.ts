import { z } from '@hono/zod-openapi';
import { asNobody, asStaff } from '#db/acting.ts';
import { Node, Plan, PlanPackage } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { wake } from '#db/messages/wake.ts';
import { offeredGateways } from '#domain/configuration/gateways/gateways.ts';
import { describeMoney, fromJson, money } from '#domain/money/money.ts';
import { catalog, plansOnOffer } from './read-plans.ts';
import { createPlan, setPrice, setQuotas } from './write-plans.ts';
import { auditRequest, type ApiContext, type Parts } from '../http/context.ts';
import {
  Catalog,
  CatalogPlan,
  ChangePlan,
  CreatePlan,
  PlanList,
  SetPackage,
  SetPrice,
  SetQuotas,
} from '../contracts/catalog.ts';
import { Id, IdempotencyKey, json } from '../contracts/common.ts';
import { once } from '../http/idempotency.ts';
import { notFound } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';

const ById = z.strictObject({ id: Id });
const ServiceOnNode = z.strictObject({ id: Id, nodeId: Id });
const writers = { actor: 'staff', permission: 'plans.write' } as const;
const body = <S extends z.ZodType>(schema: S) => ({ required: true as const, content: json(schema) });
const changed = {
  200: { description: 'The plan as it is now', content: json(CatalogPlan) },
  404: { description: 'No such plan' },
};

const list = createRoute({
  method: 'get',
  path: '/plans',
  access: { actor: 'anonymous' },
  summary: 'What can be bought, with quotas and prices',
  responses: { 200: { description: 'Plans on offer', content: json(PlanList) } },
});
const all = createRoute({
  method: 'get',
  path: '/catalog',
  access: { actor: 'staff', permission: 'orders.read' },
  summary: 'Every plan, also those off offer, with its package on each node',
  responses: { 200: { description: 'All plans', content: json(Catalog) } },
});
const create = createRoute({
  method: 'post',
  path: '/plans',
  access: writers,
  summary: 'Add a plan. It is on offer once it has a price',
  request: { headers: IdempotencyKey, body: body(CreatePlan) },
  responses: {
    201: { description: 'Added', content: json(CatalogPlan) },
    409: { description: 'The code is taken' },
  },
});
const change = createRoute({
  method: 'patch',
  path: '/plans/{id}',
  access: writers,
  summary: 'Rename a plan, move it in the list, take it off offer, or say whether it is sold out when it is full',
  request: { params: ById, body: body(ChangePlan) },
  responses: changed,
});
const price = createRoute({
  method: 'post',
  path: '/plans/{id}/prices',
  access: writers,
  summary: 'Put a price on offer. Orders that named the one before keep it',
  request: { params: ById, headers: IdempotencyKey, body: body(SetPrice) },
  responses: { ...changed, 201: changed[200], 422: { description: 'A gateway does not take so little' } },
});
const quotas = createRoute({
  method: 'put',
  path: '/plans/{id}/quotas',
  access: writers,
  summary: 'What licenses issued from now on allow',
  request: { params: ById, body: body(SetQuotas) },
  responses: changed,
});
const setPackage = createRoute({
  method: 'put',
  path: '/plans/{id}/packages/{nodeId}',
  access: writers,
  summary: 'Name the plan’s package on a node, so that it can be placed there',
  request: { params: ServiceOnNode, body: body(SetPackage) },
  responses: changed,
});
const removePackage = createRoute({
  method: 'delete',
  path: '/plans/{id}/packages/{nodeId}',
  access: writers,
  summary: 'Place the plan on this node no more',
  request: { params: ServiceOnNode },
  responses: changed,
});

export const planRoutes = ({ orm, config }: Pick<Parts, 'orm' | 'config'>) => {
  const gateways = offeredGateways(config);
  /** Changes one plan and explains it, in one transaction. @throws Problem 404 */
  const changing = async (
    c: ApiContext,
    id: string,
    action: string,
    work: (em: Em, plan: Plan) => Promise<{ before?: Record<string, unknown>; after?: Record<string, unknown> }>,
  ) =>
    asStaff(orm, async (em) => {
      const plan = await em.findOne(Plan, { id });
      if (!plan) throw notFound('plan');
      const what = await work(em, plan);
      auditRequest(c, em, { action, object: { type: 'plan', id }, ...what });
      await em.flush();
      return (await catalog(em, gateways, id))[0]!;
    });

  return router()
    .openapi(list, async (c) => c.json({ plans: await asNobody(orm, (em) => plansOnOffer(em, gateways)) }, 200))
    .openapi(all, async (c) => c.json({ plans: await asStaff(orm, (em) => catalog(em, gateways)) }, 200))
    .openapi(create, async (c) => {
      const wish = c.req.valid('json');
      const plan = await asStaff(orm, (em) =>
        once(c, em, async () => {
          const { id } = await createPlan(em, wish, c.get('asOf'));
          auditRequest(c, em, { action: 'plan.created', object: { type: 'plan', id }, after: wish });
          return (await catalog(em, gateways, id))[0]!;
        }),
      );
      return c.json(plan, 201);
    })
    .openapi(change, async (c) => {
      const { sort_order: sortOrder, when_full: whenFull, ...rest } = c.req.valid('json');
      const fields = Object.entries({ ...rest, sortOrder, whenFull }).filter(([, value]) => value !== undefined);
      const after = Object.fromEntries(fields) as Partial<Plan>;
      const view = await changing(c, c.req.valid('param').id, 'plan.changed', async (_em, plan) => {
        const before = Object.fromEntries(fields.map(([field]) => [field, plan[field as keyof Plan]]));
        Object.assign(plan, after);
        return { before, after };
      });
      return c.json(view, 200);
    })
    .openapi(price, async (c) => {
      const wish = c.req.valid('json');
      const { id } = c.req.valid('param');
      const view = await changing(c, id, 'plan.price_set', async (em) => {
        const before = await setPrice(em, id, wish, gateways, c.get('asOf'));
        const { currency } = wish.price;
        return {
          before: { [wish.cycle]: before === undefined ? null : describeMoney(money(before, currency)) },
          after: { [wish.cycle]: describeMoney(fromJson(wish.price)) },
        };
      });
      return c.json(view, 201);
    })
    .openapi(quotas, async (c) => {
      const { id } = c.req.valid('param');
      const after = c.req.valid('json').quotas;
      const view = await changing(c, id, 'plan.quotas_set', async (em) => ({
        before: await setQuotas(em, id, after),
        after,
      }));
      return c.json(view, 200);
    })
    .openapi(setPackage, async (c) => {
      const { id, nodeId } = c.req.valid('param');
      const { package_id: packageId } = c.req.valid('json');
      const view = await changing(c, id, 'plan.package_set', async (em) => {
        if ((await em.count(Node, { id: nodeId })) === 0) throw notFound('node');
        await em.upsert(PlanPackage, { planId: id, nodeId, packageId });
        await wake(em, { nodeId, because: `package/${id}/${nodeId}/${c.get('requestId')}` }, c.get('asOf'));
        return { after: { node: nodeId, package: packageId } };
      });
      return c.json(view, 200);
    })
    .openapi(removePackage, async (c) => {
      const { id, nodeId } = c.req.valid('param');
      const view = await changing(c, id, 'plan.package_removed', async (em) => {
        if ((await em.nativeDelete(PlanPackage, { planId: id, nodeId })) === 0) throw notFound('package');
        return { before: { node: nodeId } };
      });
      return c.json(view, 200);
    });
};
