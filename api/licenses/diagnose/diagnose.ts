import { licensePepper, licenseKeyHash } from '#db/licenses/license-keys.ts';
import { asStaff } from '#db/acting.ts';
import { isLicenseKeyShape } from '#domain/licenses/license-key.ts';
import type { Parts } from '#api/http/context.ts';
import { json } from '#api/contracts/common.ts';
import { Diagnose, Diagnosis } from '#api/contracts/diagnose.ts';
import { explainLicense } from './diagnosis.ts';
import { findAskingNode, findLicense, type FoundLicense } from './findings.ts';
import { Problem } from '#api/http/problem.ts';
import { createRoute, router } from '#api/http/router.ts';
import { isoOf, isoOrNull } from '#api/http/sql-time.ts';

const diagnose = createRoute({
  method: 'post',
  path: '/licenses/diagnose',
  access: { actor: 'staff', permission: 'licenses.read' },
  summary: 'Each check of a license’s validation in order: what passed, what did not, and what to do',
  request: { body: { required: true, content: json(Diagnose) } },
  responses: {
    200: { description: 'Also when there is no such license: that is what was found out', content: json(Diagnosis) },
    422: { description: 'No such node' },
  },
});

/** It reads what the license path reads and decides by the same rule, but counts as no validation. */
export const diagnoseRoutes = ({ orm, config }: Pick<Parts, 'orm' | 'config'>) => {
  const pepper = licensePepper(config.LICENSE_PEPPER);
  return router().openapi(diagnose, async (c) => {
    const { license_key: key, feature, node_id: nodeId } = c.req.valid('json');
    const found = await asStaff(orm, async (em) => {
      const license = await findLicense(em, licenseKeyHash(pepper, key));
      const askedBy = nodeId ?? license?.node?.id;
      const node = askedBy ? await findAskingNode(em, askedBy) : null;
      return { license, node };
    });
    if (nodeId && !found.node) {
      throw new Problem(422, 'node_unknown', 'There is no such node; see GET /api/v2/nodes.', {
        errors: [{ pointer: '/node_id', detail: 'is not the id of a node' }],
      });
    }
    const explained = explainLicense({ ...found, wellFormed: isLicenseKeyShape(key), feature });
    return c.json({ ...explained, license: found.license && viewOf(found.license) }, 200);
  });
};

const viewOf = (found: FoundLicense): Diagnosis['license'] => ({
  id: found.id,
  key_hint: found.key_hint,
  status: found.status,
  plan: found.plan,
  customer: found.customer,
  order: found.order,
  service: found.service,
  node: found.node,
  issued_at: isoOf(found.issued_at),
  expires_at: isoOrNull(found.expires_at),
  last_validated_at: isoOrNull(found.last_validated_at),
  validations: found.validations,
});
