import { expect, it } from '@jest/globals';
import { newId } from '#domain/ids.ts';
import { asOf, provisioningHarness } from '../testing/provisioning-harness.ts';
import { createIncidentActivities } from './incidents.ts';

const harness = provisioningHarness('desk_incidents');

it('a run that parks anew closes what its former self waited in, and leaves those of other workflows', async () => {
  const { openIncident } = createIncidentActivities(harness);
  const park = async (workflowId: string) => {
    const id = newId();
    const incident = {
      workflowId,
      workflowType: 'fulfillOrder',
      step: { name: 'account', retry: 'Tries again.' },
      stop: { stop: 'NameTaken' as const, message: 'taken' },
      subject: {},
      asOf,
    };
    for (let i = 0; i < 2; i += 1) await openIncident({ ...incident, id });
    return id;
  };
  const [former, other, latest] = [await park('order/a'), await park('order/b'), await park('order/a')];
  const rows = await harness.db.sql<{ id: string; status: string }>('select id, status from incident order by id');
  expect(Object.fromEntries(rows.map(({ id, status }) => [id, status]))).toEqual({
    [former]: 'closed',
    [other]: 'open',
    [latest]: 'open',
  });
});
