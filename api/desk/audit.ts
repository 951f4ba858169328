import { asStaff } from '#db/acting.ts';
import { auditRequest, type Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import { AuditList, AuditVerdict, FindAudit } from '../contracts/incidents.ts';
import { findAudit, verifyAudit } from './read-audit.ts';
import { createRoute, router } from '../http/router.ts';

const access = { actor: 'staff', permission: 'audit.read' } as const;

const list = createRoute({
  method: 'get',
  path: '/audit',
  access,
  summary: 'Who changed what, when and why',
  request: { query: FindAudit },
  responses: { 200: { description: 'A page, newest first', content: json(AuditList) } },
});

const verify = createRoute({
  method: 'get',
  path: '/audit/verify',
  access,
  summary: 'Whether the chain of entries holds, or where it first breaks',
  responses: { 200: { description: 'The verdict', content: json(AuditVerdict) } },
});

export const auditRoutes = ({ orm }: Pick<Parts, 'orm'>) =>
  router()
    .openapi(list, async (c) => c.json(await asStaff(orm, (em) => findAudit(em, c.req.valid('query'))), 200))
    .openapi(verify, async (c) => {
      const verdict = await asStaff(orm, async (em) => {
        const found = await verifyAudit(em);
        const result = found.intact ? 'intact' : 'broken';
        auditRequest(c, em, { action: 'audit.verified', object: { type: 'audit_chain' }, result });
        return found;
      });
      return c.json(verdict, 200);
    });
