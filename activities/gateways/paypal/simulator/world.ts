/**
 * What the simulated PayPal knows. An order holds its capture and its refunds, so that each change is one line of the
 * journal: a kill leaves it done or not done, never half.
 */
import { randomBytes } from 'node:crypto';
import type { Simulator } from '#activities/simulation/simulator.ts';
import type { Collection } from '#activities/simulation/store.ts';

export interface WireMoney {
  currency_code: string;
  value: string;
}

export interface CaptureRow {
  id: string;
  status: 'COMPLETED' | 'PENDING' | 'DECLINED' | 'PARTIALLY_REFUNDED' | 'REFUNDED';
  reason?: string | undefined;
  createdAt: string;
  updatedAt: string;
}

export interface RefundRow {
  id: string;
  status: 'COMPLETED' | 'PENDING' | 'FAILED';
  amount: WireMoney;
  invoiceId?: string | undefined;
  customId?: string | undefined;
  note?: string | undefined;
  createdAt: string;
}

/** What happens to an order once it is captured; buttons of the page and `/_sim/orders/:id/plan` set it. */
export interface OrderPlan {
  /** An issue code: every capture is refused with it until the buyer approves again. */
  refuse?: string | undefined;
  capture?: 'COMPLETED' | 'PENDING' | 'DECLINED' | undefined;
  reason?: string | undefined;
  /** `later`: the wallet is stored after the capture's answer. `never`: storing fails. */
  vault?: 'later' | 'never' | undefined;
}

export interface OrderRow {
  id: string;
  status: 'PAYER_ACTION_REQUIRED' | 'APPROVED' | 'COMPLETED' | 'VOIDED';
  createdAt: string;
  updatedAt: string;
  approvedAt?: string | undefined;
  amount: WireMoney & { breakdown?: unknown };
  referenceId: string;
  customId?: string | undefined;
  invoiceId?: string | undefined;
  description?: string | undefined;
  returnUrl?: string | undefined;
  cancelUrl?: string | undefined;
  brandName?: string | undefined;
  email: string;
  /** The buyer agreed to keep the wallet with us. */
  wantsVault: boolean;
  /** Theirs at PayPal; made when a wallet is stored. */
  customerId?: string | undefined;
  /** Ours, as the merchant calls it. */
  merchantCustomerId?: string | undefined;
  walletId?: string | undefined;
  plan: OrderPlan;
  /** Refused captures; after some the order is dead. */
  refusals: number;
  capture?: CaptureRow | undefined;
  refunds: RefundRow[];
}

export interface WalletRow {
  id: string;
  customerId: string;
  merchantCustomerId?: string | undefined;
  email: string;
  /** What it was made from, without a payment. */
  setupId?: string | undefined;
  createdAt: string;
  /** An issue code, or a capture status: what merchant-initiated charges meet. */
  behaviour: string;
  /** From which charge on; those before go well. */
  from?: number | undefined;
  charges?: number | undefined;
}

export interface SetupRow {
  id: string;
  status: 'PAYER_ACTION_REQUIRED' | 'APPROVED' | 'VAULTED';
  customerId: string;
  merchantCustomerId?: string | undefined;
  /** The buyer's who acted. */
  email: string;
  description?: string | undefined;
  brandName?: string | undefined;
  approvedAt?: string | undefined;
  /** An issue code: it cannot become a payment token. */
  refuse?: string | undefined;
  returnUrl?: string | undefined;
  cancelUrl?: string | undefined;
  createdAt: string;
}

export interface DisputeRow {
  id: string;
  captureId: string;
  reason: string;
  amount: WireMoney;
  status: 'OPEN' | 'RESOLVED';
  outcome?: string | undefined;
  createdAt: string;
  updatedAt: string;
}

export interface EventRow {
  id: string;
  type: string;
  at: string;
  /** The exact text that is delivered, listed and signed. */
  text: string;
}

export interface Settings {
  clientId: string;
  clientSecret: string;
  webhookUrl?: string | undefined;
  origin?: string | undefined;
  brokenLinks: number;
  /** A right that the app was not given: the end of a scope. */
  lacks?: string | undefined;
}

const HOUR = 3_600_000;
/** An order nobody approves, and an approval nobody captures. */
export const ORDER_LIFETIME_MS = 3 * HOUR;
/** A setup token nobody approves, or that is approved and not used. PayPal does not say how long; the number is ours. */
const SETUP_LIFETIME_MS = 3 * HOUR;
/** How long `PayPal-Request-Id` is remembered. */
export const RETENTION_MS = { order: 6 * HOUR, capture: 6 * HOUR, refund: 45 * 24 * HOUR, vault: 3 * HOUR };
export type RequestKind = keyof typeof RETENTION_MS;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** PayPal's ids look so: "5O190127TN364715T". */
export const newId = (length = 17): string =>
  [...randomBytes(length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');

export type Emit = (type: string, resourceType: string, resource: unknown, summary: string) => void;

export function openWorld({ collection, clock }: Simulator, defaults: Settings) {
  const orders: Collection<OrderRow> = collection('order');
  const settings: Collection<Partial<Settings>> = collection('settings');
  const requests: Collection<{ at: string; objectId: string }> = collection('request_id');
  const now = () => clock.now();
  const at = () => `${now().toISOString().slice(0, 19)}Z`;
  const since = (instant: string) => now().getTime() - Date.parse(instant);

  const world = {
    now,
    at,
    since,
    orders,
    /** Which order a capture or a refund belongs to. */
    owners: collection('owner') as Collection<string>,
    /** Invoice numbers that are used up: by which capture's order, or by which refund. */
    invoices: collection('invoice') as Collection<string>,
    wallets: collection('wallet') as Collection<WalletRow>,
    setups: collection('setup') as Collection<SetupRow>,
    disputes: collection('dispute') as Collection<DisputeRow>,
    events: collection('event') as Collection<EventRow>,
    tokens: collection('token') as Collection<{ token: string; expiresAt: string }>,

    settings: (): Settings => ({ ...defaults, ...settings.get('settings') }),
    change: (change: Partial<Settings>) => void settings.set('settings', { ...settings.get('settings'), ...change }),

    /** As PayPal would show it now: expired if nobody approved it, void if nobody captured it. */
    order(id: string): OrderRow | undefined {
      const order = orders.get(id);
      if (order?.status === 'PAYER_ACTION_REQUIRED' && since(order.createdAt) > ORDER_LIFETIME_MS) return undefined;
      if (order?.status === 'APPROVED' && since(order.approvedAt ?? order.createdAt) > ORDER_LIFETIME_MS) {
        return world.reverse(world.save({ ...order, status: 'VOIDED' }));
      }
      return order;
    },
    /** As PayPal would show it now. One that became a payment token is kept. */
    setup(id: string): SetupRow | undefined {
      const setup = world.setups.get(id);
      if (!setup || setup.status === 'VAULTED') return setup;
      return since(setup.approvedAt ?? setup.createdAt) > SETUP_LIFETIME_MS ? undefined : setup;
    },
    save: (order: OrderRow) => orders.set(order.id, { ...order, updatedAt: at() }),
    orderOf(captureOrRefundId: string): OrderRow | undefined {
      const orderId = world.owners.get(captureOrRefundId);
      return orderId === undefined ? undefined : orders.get(orderId);
    },
    /** Told once an approval has lapsed; set by the notifications. */
    reverse: (order: OrderRow): OrderRow => order,

    /** What an earlier request with this id made, while it is remembered. */
    remembered(kind: RequestKind, scope: string, requestId: string | undefined): string | undefined {
      const row = requestId === undefined ? undefined : requests.get(`${kind}:${scope}:${requestId}`);
      return row && since(row.at) <= RETENTION_MS[kind] ? row.objectId : undefined;
    },
    /** Before the effect: a kill in between leaves a name for something that is not there, and is done again. */
    remember(kind: RequestKind, scope: string, requestId: string | undefined, objectId: string) {
      if (requestId !== undefined) requests.set(`${kind}:${scope}:${requestId}`, { at: now().toISOString(), objectId });
    },
  };
  return world;
}
export type World = ReturnType<typeof openWorld>;

export interface Machine {
  world: World;
  emit: Emit;
  /** Our own address as callers know it. */
  base(): string;
}
