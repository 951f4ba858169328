import { z } from '@hono/zod-openapi';
import { licenseKeyPlace } from '#db/licenses/license-keys.ts';
import { asActor, auditRequest, type Parts } from '../http/context.ts';
import { Id, json } from '../contracts/common.ts';
import { FindLicenses, LicenseList, RevealedLicense } from '../contracts/licenses.ts';
import { findLicenses, readSealedKey } from './read-licenses.ts';
import { notFound } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';

const readers = { actor: 'person', permission: 'licenses.read' } as const;

const list = createRoute({
  method: 'get',
  path: '/licenses',
  access: readers,
  summary: 'One’s own licenses, keys masked; staff search all',
  request: { query: FindLicenses },
  responses: { 200: { description: 'A page, newest first', content: json(LicenseList) } },
});

const reveal = createRoute({
  method: 'post',
  path: '/licenses/{id}/reveal',
  access: readers,
  summary: 'The whole key. Each look is written down',
  request: { params: z.strictObject({ id: Id }) },
  responses: {
    200: { description: 'The key', content: json(RevealedLicense) },
    404: { description: 'No such license' },
  },
});

export const licenseListRoutes = ({ orm, sealer }: Pick<Parts, 'orm' | 'sealer'>) =>
  router()
    .openapi(list, async (c) => {
      const actor = c.get('actor');
      const customerId = actor.type === 'customer' ? actor.customerId : undefined;
      const found = await asActor(orm, actor, (em) => findLicenses(em, { ...c.req.valid('query'), customerId }));
      return c.json(found, 200);
    })
    .openapi(reveal, async (c) => {
      const { id } = c.req.valid('param');
      const actor = c.get('actor');
      const customerId = actor.type === 'customer' ? actor.customerId : undefined;
      const key = await asActor(orm, actor, async (em) => {
        const found = await readSealedKey(em, id, customerId);
        if (!found) throw notFound('license');
        // Opened first: what does not open was not shown.
        const opened = sealer.open(found.keySealed, licenseKeyPlace(id));
        const object = { type: 'license', id };
        auditRequest(c, em, { action: 'license.revealed', object, customerId: found.customerId });
        return opened;
      });
      return c.json({ id, key }, 200);
    });
