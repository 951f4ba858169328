import { hash } from 'node:crypto';
import { asStaff } from '#db/acting.ts';
import { Node } from '#db/entities/index.ts';
import type { Decision } from '#workflows/messages.ts';
import { z } from '@hono/zod-openapi';
import { auditRequest, staffOf, type Parts } from '../http/context.ts';
import { Id, json } from '../contracts/common.ts';
import { Decide, Decided, FindIncidents, IncidentList, IncidentView } from '../contracts/incidents.ts';
import { findIncidents, readIncident } from './read-incidents.ts';
import { requirePermission } from '../http/middleware/gate.ts';
import { notFound, Problem } from '../http/problem.ts';
import { createRoute, router } from '../http/router.ts';
import { temporalUi } from '../messages/temporal-links.ts';

const ById = z.strictObject({ id: Id });

const list = createRoute({
  method: 'get',
  path: '/incidents',
  access: { actor: 'staff', permission: 'workflows.read' },
  summary: 'Steps that wait, or waited, for a person; open ones first',
  request: { query: FindIncidents },
  responses: { 200: { description: 'A page', content: json(IncidentList) } },
});

const show = createRoute({
  method: 'get',
  path: '/incidents/{id}',
  access: { actor: 'staff', permission: 'workflows.read' },
  summary: 'What happened, and what each decision does',
  request: { params: ById },
  responses: {
    200: { description: 'The incident', content: json(IncidentView) },
    404: { description: 'No such incident' },
  },
});

const decide = createRoute({
  method: 'post',
  path: '/incidents/{id}/decisions',
  access: { actor: 'staff', permission: 'workflows.signal' },
  summary: 'Decide: retry, skip or abort. Aborting gives money back, so it needs payments.refund as well',
  request: { params: ById, body: { required: true, content: json(Decide) } },
  responses: {
    200: { description: 'The workflow accepted it and goes on', content: json(Decided) },
    404: { description: 'No such incident' },
    409: { description: 'Decided already, healed, or refused by the workflow' },
    422: { description: 'Not among the choices of this incident' },
    503: { description: 'No worker answered; look at the incident before sending it again' },
  },
});

export const incidentRoutes = ({ orm, temporal, config }: Pick<Parts, 'orm' | 'temporal' | 'config'>) => {
  const ui = temporalUi(config);
  return router()
    .openapi(list, async (c) => {
      const query = c.req.valid('query');
      const found = await asStaff(orm, (em) => findIncidents(em, query));
      return c.json(found, 200);
    })
    .openapi(show, async (c) => {
      const incident = await asStaff(orm, (em) => readIncident(em, c.req.valid('param').id, ui));
      if (!incident) throw notFound('incident');
      return c.json(incident, 200);
    })
    .openapi(decide, async (c) => {
      const staff = staffOf(c);
      const { id } = c.req.valid('param');
      const wish = c.req.valid('json');
      if (wish.action === 'abort') requirePermission(staff, 'payments.refund');
      const sent = {
        object: { type: 'incident', id },
        reason: wish.note,
        after: { action: wish.action, ...wish.input },
      };
      const workflowId = await asStaff(orm, async (em) => {
        const incident = await readIncident(em, id, ui);
        if (!incident) throw notFound('incident');
        if (incident.status !== 'open') throw decidedAlready(incident.status, incident.decision?.actor);
        assertOffered(incident.choices, wish);
        const nodeId = wish.input?.node_id;
        if (nodeId && (await em.count(Node, { id: nodeId })) === 0) {
          throw new Problem(422, 'node_unknown', 'There is no such node; see GET /api/v2/nodes.', {
            errors: [{ pointer: '/input/node_id', detail: 'is not the id of a node' }],
          });
        }
        // Before it is sent: what the workflow does then is explained by its own entry.
        auditRequest(c, em, { ...sent, action: 'incident.decision_sent', result: 'sent' });
        return incident.workflow_id;
      });
      const command = { incident: id, actor: staff.userId, decision: decisionOf(wish) };
      // The same decision sent again is the same update; another one, or another person's, is refused by the workflow.
      const updateId = `${id}/${hash('sha256', JSON.stringify(command)).slice(0, 32)}`;
      const answered = (result: string, because?: { code: string }) =>
        asStaff(orm, async (em) => {
          const after = { ...sent.after, ...because };
          auditRequest(c, em, { ...sent, after, action: 'incident.decision_answered', result });
        });
      const said = await temporal.resolveIncident(workflowId, command, updateId).catch(async (error: unknown) => {
        await answered(answerOf(error), error instanceof Problem ? { code: error.code } : undefined);
        throw error;
      });
      await answered('accepted');
      return c.json({ said }, 200);
    });
};

/** Refused is what the workflow, or its absence, has refused; of what did not answer nobody knows whether it has decided. */
const answerOf = (error: unknown): 'refused' | 'unknown' =>
  error instanceof Problem && error.status < 500 ? 'refused' : 'unknown';

const decidedAlready = (status: string, by?: string) =>
  new Problem(
    409,
    'incident_decided',
    status === 'decided'
      ? `This incident is decided already${by ? `, by ${by}` : ''}. Look at the order: it goes on, or a new incident says why not.`
      : `This incident is ${status}: ${status === 'healed' ? 'its step went on by itself' : 'something else stops its step now, and another incident says what'}. There is nothing to decide.`,
  );

type Wish = z.infer<typeof Decide>;

function assertOffered(choices: z.infer<typeof IncidentView>['choices'], { action, input = {} }: Wish): void {
  const choice = choices.find((offered) => offered.action === action);
  if (!choice) {
    throw new Problem(422, 'choice_unknown', `Here you can ${choices.map((offered) => offered.action).join(' or ')}.`, {
      errors: [{ pointer: '/action', detail: 'is not offered by this incident' }],
    });
  }
  const known = choice.fields.map(({ name }) => name);
  const unknown = Object.keys(input).filter((field) => !known.includes(field));
  if (unknown.length > 0) {
    const takes = known.length > 0 ? known.join(', ') : 'nothing';
    throw new Problem(422, 'input_unknown', `A retry of this step takes ${takes}.`, {
      errors: unknown.map((field) => ({ pointer: `/input/${field}`, detail: 'is not taken by this step' })),
    });
  }
}

function decisionOf({ action, input, note = '' }: Wish): Decision {
  if (action !== 'retry') return { action, note };
  const { node_id: nodeId, package_id: packageId, username } = input ?? {};
  return {
    action,
    input: { ...(nodeId && { nodeId }), ...(packageId && { packageId }), ...(username && { username }) },
  };
}
