/** The simulator's rows as PayPal shows them. Source: Orders v2, Payments v2, Vault v3, Disputes v1. */
import { cents, wireOf, type Json } from './wire.ts';
import type { CaptureRow, DisputeRow, OrderRow, RefundRow, SetupRow, WalletRow } from './world.ts';

const link = (href: string, rel: string, method = 'GET') => ({ href, rel, method });
const defined = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** 3.49 % and 0.49, rounded down: near enough to what PayPal keeps. */
const feeOf = (amount: bigint) => (amount * 349n) / 10_000n + 49n;

export function captureView(order: OrderRow, capture: CaptureRow, base: string) {
  const { currency_code: currency, value } = order.amount;
  const gross = cents(order.amount);
  const fee = feeOf(gross) < gross ? feeOf(gross) : gross;
  return {
    id: capture.id,
    status: capture.status,
    ...(capture.reason ? { status_details: { reason: capture.reason } } : {}),
    amount: { currency_code: currency, value },
    final_capture: true,
    seller_protection: { status: 'ELIGIBLE', dispute_categories: ['ITEM_NOT_RECEIVED', 'UNAUTHORIZED_TRANSACTION'] },
    ...(capture.status === 'PENDING' || capture.status === 'DECLINED'
      ? {}
      : {
          seller_receivable_breakdown: {
            gross_amount: { currency_code: currency, value },
            paypal_fee: wireOf(fee, currency),
            net_amount: wireOf(gross - fee, currency),
          },
        }),
    ...defined({ invoice_id: order.invoiceId, custom_id: order.customId }),
    supplementary_data: { related_ids: { order_id: order.id } },
    create_time: capture.createdAt,
    update_time: capture.updatedAt,
    links: [
      link(`${base}/v2/payments/captures/${capture.id}`, 'self'),
      link(`${base}/v2/payments/captures/${capture.id}/refund`, 'refund', 'POST'),
      link(`${base}/v2/checkout/orders/${order.id}`, 'up'),
    ],
  };
}

export function refundView(order: OrderRow, refund: RefundRow, base: string) {
  return {
    id: refund.id,
    status: refund.status,
    amount: refund.amount,
    ...defined({ invoice_id: refund.invoiceId, custom_id: refund.customId, note_to_payer: refund.note }),
    seller_payable_breakdown: { gross_amount: refund.amount },
    create_time: refund.createdAt,
    update_time: refund.createdAt,
    links: [
      link(`${base}/v2/payments/refunds/${refund.id}`, 'self'),
      link(`${base}/v2/payments/captures/${order.capture?.id}`, 'up'),
    ],
  };
}

const payerId = (email: string) => Buffer.from(email).toString('hex').toUpperCase().padEnd(13, '7').slice(0, 13);

/** @param walletKnown  whether the stored wallet has become visible */
export function orderView(order: OrderRow, base: string, walletKnown: boolean) {
  const { id, status, capture, refunds, email, customerId } = order;
  const acted = status !== 'PAYER_ACTION_REQUIRED';
  const vault =
    order.wantsVault && capture && order.plan.vault !== 'never'
      ? walletKnown && order.walletId
        ? { id: order.walletId, status: 'VAULTED', customer: { id: customerId } }
        : { status: 'APPROVED', customer: { id: customerId } }
      : undefined;
  return {
    id,
    intent: 'CAPTURE',
    status,
    create_time: order.createdAt,
    update_time: order.updatedAt,
    payment_source: {
      paypal: {
        email_address: email,
        ...(acted ? { account_id: payerId(email), account_status: 'VERIFIED' } : {}),
        ...(vault ? { attributes: { vault } } : {}),
      },
    },
    ...(acted ? { payer: { email_address: email, payer_id: payerId(email) } } : {}),
    purchase_units: [
      {
        reference_id: order.referenceId,
        amount: order.amount,
        ...defined({ custom_id: order.customId, invoice_id: order.invoiceId, description: order.description }),
        ...(capture
          ? {
              payments: {
                captures: [captureView(order, capture, base)],
                ...(refunds.length ? { refunds: refunds.map((refund) => refundView(order, refund, base)) } : {}),
              },
            }
          : {}),
      },
    ],
    links: [
      link(`${base}/v2/checkout/orders/${id}`, 'self'),
      ...(status === 'PAYER_ACTION_REQUIRED' || status === 'APPROVED'
        ? [link(`${base}/checkoutnow?token=${id}`, 'payer-action')]
        : []),
      ...(status === 'APPROVED' ? [link(`${base}/v2/checkout/orders/${id}/capture`, 'capture', 'POST')] : []),
    ],
  };
}

const customerView = ({ customerId, merchantCustomerId }: Pick<SetupRow, 'customerId' | 'merchantCustomerId'>) => ({
  id: customerId,
  ...defined({ merchant_customer_id: merchantCustomerId }),
});

export const walletView = (wallet: WalletRow, base: string) => ({
  id: wallet.id,
  customer: customerView(wallet),
  payment_source: {
    paypal: {
      email_address: wallet.email,
      payer_id: payerId(wallet.email),
      usage_type: 'MERCHANT',
      customer_type: 'CONSUMER',
    },
  },
  links: [
    link(`${base}/v3/vault/payment-tokens/${wallet.id}`, 'self'),
    link(`${base}/v3/vault/payment-tokens/${wallet.id}`, 'delete', 'DELETE'),
  ],
});

export const setupView = (setup: SetupRow, base: string) => ({
  id: setup.id,
  status: setup.status,
  customer: customerView(setup),
  payment_source: {
    paypal: {
      usage_type: 'MERCHANT',
      ...defined({ description: setup.description }),
      ...(setup.approvedAt ? { email_address: setup.email, payer_id: payerId(setup.email) } : {}),
    },
  },
  links: [
    link(`${base}/v3/vault/setup-tokens/${setup.id}`, 'self'),
    ...(setup.status === 'PAYER_ACTION_REQUIRED'
      ? [link(`${base}/agreements/approve?approval_session_id=${setup.id}`, 'approve')]
      : []),
  ],
});

export const disputeView = (dispute: DisputeRow, order: OrderRow | undefined, base: string) => ({
  dispute_id: dispute.id,
  create_time: dispute.createdAt,
  update_time: dispute.updatedAt,
  status: dispute.status,
  reason: dispute.reason,
  dispute_amount: dispute.amount,
  dispute_life_cycle_stage: 'CHARGEBACK',
  disputed_transactions: [
    {
      seller_transaction_id: dispute.captureId,
      ...defined({ invoice_number: order?.invoiceId, custom: order?.customId }),
    },
  ],
  ...(dispute.outcome ? { dispute_outcome: { outcome_code: dispute.outcome } } : {}),
  links: [link(`${base}/v1/customer/disputes/${dispute.id}`, 'self')],
});
