import type { Session } from '#activities/gateways/stripe/simulator/world.ts';
import type { RecordedCall } from '#activities/simulation/faults.ts';
import { fromStripe } from '#activities/gateways/stripe/wire/amounts.ts';
import { describeMoney } from '#domain/money/money.ts';
import type { Product } from '#e2e/harness/product.ts';
import type { Customer, Expectation, Happening, ReadHappenings } from './happening.ts';

const page = 'payment page';
const charges = 'charges';
const looks = 'looks';
const LOOK = 'at the gateway';

/** What became of the hosted page on which the customer pays. */
export const expectPage = (
  { customerId }: Customer,
  ...texts: ('opened' | 'ran out' | 'closed' | 'completed')[]
): Expectation => ({ aspect: page, customerId, texts });

/** Money that moved at the gateway, or was refused: `EUR 29.00`, `EUR 29.00 declined`, `EUR 29.00 refunded`. */
export const expectCharges = ({ customerId }: Customer, ...texts: string[]): Expectation => ({
  aspect: charges,
  customerId,
  texts,
});

/** How often the payment was looked for at the gateway. A story may leave it out. */
export const expectLooks = ({ customerId }: Customer, count: number): Expectation => ({
  aspect: looks,
  customerId,
  texts: Array.from({ length: count }, () => LOOK),
});

interface GatewayObject {
  id: string;
  amount: number;
  currency: string;
  expires_at: number;
  metadata: Record<string, string>;
  payment_intent: string | null;
}
interface GatewayEvent {
  id: string;
  type: string;
  created: number;
  data: { object: GatewayObject };
}

/** The gateway's own books. */
export const readGateway: ReadHappenings = async (product) => {
  const { stripe } = product.vendors;
  const [events, sessions, calls, ownerOf] = await Promise.all([
    stripe.get<{ data: GatewayEvent[] }>('/events'),
    stripe.get<{ data: Session[] }>('/checkouts'),
    stripe.get<RecordedCall[]>('/calls'),
    ownersOfInvoices(product),
  ]);
  const owners = new Map(sessions.data.map(({ id, metadata }) => [id, ownerOf(metadata)]));
  // Page by page: the gateway tells whole seconds, and a page ends before the next one opens.
  const ofPages = sessions.data.flatMap(({ id, created, metadata }) => {
    const opened = { aspect: page, key: `page/${id}`, at: new Date(created * 1_000), text: 'opened' };
    const ends = events.data.filter(({ data }) => data.object.id === id).flatMap(told);
    return [opened, ...ends].map((each): Happening => ({ ...each, customerId: ownerOf(metadata) }));
  });
  const ofMoney = events.data
    .filter(({ data }) => !owners.has(data.object.id))
    .flatMap((event) =>
      told(event).map((each): Happening => ({ ...each, customerId: ownerOf(event.data.object.metadata) })),
    );
  return [
    ...ofPages,
    ...ofMoney,
    ...calls.flatMap(({ method, path, at }): Happening[] => {
      const [, checkout] = /^\/v1\/checkout\/sessions\/(cs_\w+)$/.exec(path) ?? [];
      if (method !== 'GET' || !checkout) return [];
      const customerId = owners.get(checkout) ?? null;
      return [{ aspect: looks, key: `look/${at}/${path}`, at: new Date(at), customerId, text: LOOK, optional: true }];
    }),
  ];
};

const told = (event: GatewayEvent): Omit<Happening, 'customerId'>[] => {
  const described = describeEvent(event);
  return described ? [{ ...described, key: event.id, at: new Date(event.created * 1_000) }] : [];
};

function describeEvent({ type, created, data }: GatewayEvent): Pick<Happening, 'aspect' | 'text'> | undefined {
  const { object } = data;
  const amount = () => describeMoney(fromStripe(object.amount, object.currency));
  switch (type) {
    case 'checkout.session.completed':
      return { aspect: page, text: 'completed' };
    case 'checkout.session.expired':
      return { aspect: page, text: created >= object.expires_at ? 'ran out' : 'closed' };
    case 'payment_intent.succeeded':
      return { aspect: charges, text: amount() };
    case 'payment_intent.payment_failed':
      return { aspect: charges, text: `${amount()} declined` };
    case 'refund.created':
      return { aspect: charges, text: `${amount()} refunded` };
    case 'charge.dispute.created':
      return { aspect: charges, text: `${amount()} disputed` };
    default:
      return undefined;
  }
}

async function ownersOfInvoices({ db }: Product): Promise<(metadata: Record<string, string>) => string | null> {
  const rows = await db.sql<{ id: string; customer_id: string }>(`select id, customer_id from invoice`);
  const owners = new Map(rows.map(({ id, customer_id }) => [id, customer_id]));
  return (metadata) => owners.get(metadata['invoice_id'] ?? '') ?? null;
}
