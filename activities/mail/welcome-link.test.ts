import { expect, it } from '@jest/globals';
import type { Mailer } from '../mailers/mailer.ts';
import { createMailActivities } from './notices.ts';
import { asOf, provisioningHarness } from '../testing/provisioning-harness.ts';
import { VendorUnavailable } from '../http/vendor.ts';

const DAY = 24 * 3_600_000;
const harness = provisioningHarness('welcomelink');

/** The mail of an order whose mail server is away at first; its link, as the database knows it. */
async function welcome(node: { base_url?: string; public_url?: string | null } = {}) {
  let away = true;
  const sent: string[] = [];
  const mailer = {
    send: async ({ text }: { text: string }) => {
      if (away) throw new VendorUnavailable('smtp.example did not answer');
      sent.push(text);
      return { response: '250 ok' };
    },
  } as unknown as Mailer;
  const settings = {
    publicUrl: 'https://hostwright.example',
    billingZone: 'UTC',
    sellerName: 'H',
    mailDomain: 'hostwright.example',
    linkKey: Buffer.alloc(32, 3),
  } as never;
  const { sendWelcome } = createMailActivities({ orm: harness.orm, mailer, settings });
  const { orderId, serviceId } = await harness.placed(await harness.node());
  for (const [column, value] of Object.entries(node))
    await harness.db.sql(`update node n set ${column} = $2 from service s where s.node_id = n.id and s.id = $1`, [
      serviceId,
      value,
    ]);
  const send = (at: number) => sendWelcome({ orderId, serviceId, asOf: at });
  await expect(send(asOf)).rejects.toMatchObject({ name: 'VendorUnavailable' });
  away = false;
  const link = async () =>
    (
      await harness.db.sql<{ expires_at: Date; used_at: Date | null }>(
        'select expires_at, used_at from one_time_token where service_id = $1',
        [serviceId],
      )
    )[0]!;
  return { serviceId, send, sent, link };
}

it('a welcome mail that could be sent only after eight days has a link that is good for seven more', async () => {
  const { send, sent, link } = await welcome();
  expect((await link()).expires_at).toEqual(new Date(asOf + 7 * DAY));
  await send(asOf + 8 * DAY);
  expect(sent).toHaveLength(1);
  expect((await link()).expires_at).toEqual(new Date(asOf + 15 * DAY));
});

it('a link that was used is not made longer by a repeat of the mail', async () => {
  const { serviceId, send, link } = await welcome();
  await harness.db.sql('update one_time_token set used_at = $2 where service_id = $1', [
    serviceId,
    new Date(asOf + DAY),
  ]);
  await send(asOf + 2 * DAY);
  expect((await link()).expires_at).toEqual(new Date(asOf + 7 * DAY));
});

it.each([
  ['https://panel.example', 'Sign in to your panel at https://panel.example as '],
  [null, 'Sign in to your panel as '],
])('names the address that customers have, %s, and never the one we call', async (publicUrl, says) => {
  const { serviceId, send, sent } = await welcome({ base_url: 'https://10.1.2.3:9000', public_url: publicUrl });
  await harness.db.sql(`update service set external_id = 'welcomed-' || id where id = $1`, [serviceId]);
  await send(asOf);
  expect(sent[0]).toContain(says);
  expect(sent[0]).not.toContain('10.1.2.3');
});
