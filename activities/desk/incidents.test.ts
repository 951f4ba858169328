import { expect, it } from '@jest/globals';
import { insert, rows } from '#db/testing/rows.ts';
import { newId } from '#domain/ids.ts';
import { asOf, provisioningHarness } from '../testing/provisioning-harness.ts';
import { createIncidentActivities } from './incidents.ts';

const harness = provisioningHarness('desk_incidents');

const park = async (workflowId: string) => {
  const id = newId();
  const incident = {
    id,
    workflowId,
    workflowType: 'fulfillOrder',
    step: { name: 'account', retry: 'Tries again.' },
    stop: { stop: 'NameTaken' as const, message: 'taken' },
    subject: {},
    asOf,
  };
  for (let i = 0; i < 2; i += 1) await createIncidentActivities(harness).openIncident(incident);
  return id;
};

it('a run that parks anew closes what its former self waited in, and leaves those of other workflows', async () => {
  const [former, other, latest] = [await park('order/a'), await park('order/b'), await park('order/a')];
  const rows = await harness.db.sql<{ id: string; status: string }>('select id, status from incident');
  expect(Object.fromEntries(rows.map(({ id, status }) => [id, status]))).toEqual({
    [former]: 'closed',
    [other]: 'open',
    [latest]: 'open',
  });
});

it('a decision is a known person’s only when our API sent it; a name that was pasted is kept as given', async () => {
  const { closeIncident } = createIncidentActivities(harness);
  const [sent, pasted] = [await park('order/c'), await park('order/d')];
  const sam = newId();
  await insert({ query: harness.db.sql }, 'audit_entry', {
    ...rows.audit({ action: 'incident.decision_sent', object_type: 'incident', object_id: sent }),
    actor_type: 'staff',
    actor_id: sam,
  });
  const decided = { actor: sam, decision: { action: 'retry' as const } };
  for (const id of [sent, pasted]) await closeIncident({ id, how: 'decided', decided, asOf });
  const audited = (id: string) =>
    harness.db.sql(
      `select actor_type, actor_id, on_behalf_of from audit_entry where object_id = $1 and action = 'incident.decided'`,
      [id],
    );
  expect(await audited(sent)).toEqual([{ actor_type: 'staff', actor_id: sam, on_behalf_of: null }]);
  expect(await audited(pasted)).toEqual([{ actor_type: 'system', actor_id: 'Temporal UI', on_behalf_of: sam }]);
  const [decision] = await harness.db.sql<{ actor: string }>(
    'select actor from incident_decision where incident_id = $1',
    [pasted],
  );
  expect(decision!.actor).toBe(`${sam}, as given in the Temporal UI`);
});
