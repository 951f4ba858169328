/** Orders at a gateway that does as told, on a real database: for the tests of payments in this room. */
import { newId } from '#domain/ids.ts';
import { licensePepper } from '#db/licenses/license-keys.ts';
import { openOrm } from '#db/orm.ts';
import { createSealer } from '#db/secrets/seal.ts';
import { seedCatalog } from '#db/seeds/catalog.ts';
import { createTestDatabase } from '#db/testing/database.ts';
import { addOrder } from '#db/testing/seed.ts';
import type { GatewayName } from '#domain/vendors.ts';
import { createActivities, type Activities } from '#activities/index.ts';
import { fakeExecutions } from './fake-executions.ts';
import { pretendGateway } from './fake-gateway.ts';

export const placedAt = Date.parse('2026-11-21T10:00:00Z');
/** What the plan costs: EUR 29.00. */
export const PRICE = 2_900;

export type Shop = Awaited<ReturnType<typeof openPaymentsHarness>>;
export type TestOrder = Awaited<ReturnType<Shop['order']>>;

/** @param label  names the database */
export async function openPaymentsHarness(label: string) {
  const db = await createTestDatabase(label);
  const owner = await openOrm(db.ownerUrl, 4);
  const orm = await db.orm('worker', 10);
  await seedCatalog(owner, new Date(placedAt));
  const gateway = pretendGateway('stripe');
  /** The texts of all mails so far. */
  const mails: string[] = [];
  const act: Activities = createActivities({
    orm,
    sealer: createSealer([{ id: 'test', key: Buffer.alloc(32, 1) }]),
    gateways: { of: () => gateway, all: () => [gateway], has: (name): name is GatewayName => name === 'stripe' },
    panels: {
      of: () => {
        throw new Error('no panel here');
      },
    },
    mailer: {
      send: ({ text }: { text: string }) => Promise.resolve({ response: `250 ${mails.push(text)}` }),
    } as never,
    executions: fakeExecutions(),
    livemode: () => false,
    certificates: { isGenuine: () => null, fetch: () => Promise.reject(new Error('no certificate here')) },
    settings: {
      env: 'sandbox',
      publicUrl: 'https://portal.example',
      billingZone: 'UTC',
      sellerName: 'H',
      mailDomain: 'hostwright.example',
      licensePepper: licensePepper(Buffer.alloc(32, 2).toString('base64')),
      licenseKeyForm: 'extended',
      linkKey: Buffer.alloc(32, 3),
    },
  });

  /** Places an order; `recorded` is one whose money came outside a gateway. */
  const order = async (at: 'stripe' | 'recorded' = 'stripe') => {
    const { orderId, customerId } = await addOrder(owner, { at: new Date(placedAt), gateway: at });
    const of = async <Row>(columns: string, table: string) =>
      (await db.sql(`select ${columns} from ${table} where customer_id = $1 order by id`, [customerId])) as Row[];
    return {
      orderId,
      customerId,
      /** Opens a payment page and says which it is at the gateway. */
      async page(number = 1): Promise<string> {
        await act.openCheckout({ orderId, number, asOf: placedAt });
        return gateway.pages.at(-1)!.id;
      },
      look: (more: { accept?: boolean } = {}) =>
        act.bookPayment({ orderId, inboxIds: [], accept: false, ...more, asOf: placedAt }),
      /** What is written on the objects of its newest page. */
      async reference() {
        const [attempt] = await db.sql<{ id: string; invoice_id: string }>(
          'select id, invoice_id from payment_attempt where order_id = $1 order by number desc',
          [orderId],
        );
        return { env: 'sandbox', invoiceId: attempt!.invoice_id, attemptId: attempt!.id };
      },
      undo: () => act.undoBooks({ orderId, because: 'customer asked', asOf: placedAt }),
      status: async () =>
        (await db.sql<{ status: string }>('select status from "order" where id = $1', [orderId]))[0]!.status,
      refunds: () => of<{ id: string; status: string; gateway_refund_id: string | null }>('*', 'refund'),
      tasks: async () => (await of<{ kind: string; text: string }>('kind, text, id', 'staff_task')).map(withoutId),
      story: async () => (await of<{ kind: string }>('kind, id', 'order_event')).map(({ kind }) => kind),
      attempts: async () => (await of<{ status: string }>('status, id', 'payment_attempt')).map(({ status }) => status),
      /** What is on each account, without those at zero. */
      async ledger(): Promise<Record<string, number>> {
        const rows = await db.sql<{ account: string; total: string }>(
          `select account, sum(amount_minor)::text as total from ledger_entry where customer_id = $1
           group by account having sum(amount_minor) <> 0 order by account`,
          [customerId],
        );
        return Object.fromEntries(rows.map(({ account, total }) => [account, Number(total)]));
      },
    };
  };

  /** An event as it lies in the inbox. @returns its row's id */
  const event = async (
    about: { subject: string; objectId: string; type?: string } & Partial<{
      checkoutId: string;
      gatewayPaymentId: string;
      attemptId: string;
    }>,
  ): Promise<string> => {
    const id = newId();
    const { subject, objectId, type = subject, checkoutId, gatewayPaymentId, attemptId } = about;
    await db.sql(
      `insert into webhook_inbox (id, gateway, account, event_id, type, subject, object_id, checkout_id, gateway_payment_id,
         attempt_id, source, livemode, payload, event_at, received_at)
       values ($1, 'stripe', 'main', 'evt_' || $1::uuid, $2, $3, $4, $5, $6, $7, 'webhook', false, '{}', now(), now())`,
      [id, type, subject, objectId, checkoutId ?? null, gatewayPaymentId ?? null, attemptId ?? null],
    );
    return id;
  };

  return {
    db,
    orm,
    act,
    gateway,
    mails,
    order,
    event,
    settle: async (about: Parameters<typeof event>[0]) =>
      act.settleEvents({ inboxIds: [await event(about)], asOf: placedAt }),
    async close() {
      await owner.close(true);
      await db.drop();
    },
  };
}

const withoutId = ({ kind, text }: { kind: string; text: string }) => ({ kind, text });
