import type { GatewayName } from '#domain/vendors.ts';
import { createAccountMailActivities } from './mail/account-mails.ts';
import { createActivationActivities } from './orders/activate-service.ts';
import { createCheckoutActivities } from './money/checkout/open-checkout.ts';
import { createGatewayCheckActivities } from './money/gateways/check-gateway.ts';
import { createIncidentActivities } from './desk/incidents.ts';
import { createLostWorkflowActivities } from './desk/lost-workflows.ts';
import { createMailActivities } from './mail/notices.ts';
import { createNodeActivities } from './nodes/check-nodes.ts';
import type { ActivityParts } from './parts.ts';
import { createPaymentActivities } from './money/payments/book-payment.ts';
import { createPlacementActivities } from './services/placement/place-service.ts';
import { createAccountActivities } from './services/accounts/ensure-account.ts';
import { createManualTaskActivities } from './services/accounts/manual-tasks.ts';
import { createPasswordActivities } from './services/accounts/set-password.ts';
import { createCleanUpActivities } from './services/former-nodes/clean-up.ts';
import { createRefundActivities } from './money/refunds/send-refund.ts';
import { createSubscriptionActivities } from './subscriptions/subscriptions.ts';
import { createSweepActivities } from './money/payments/sweep-events.ts';
import { createWebhookActivities, type CertificateSource } from './money/payments/verify-webhook.ts';
import { createUndoActivities } from './orders/undo-order.ts';

export type AllParts = ActivityParts & { livemode: (gateway: GatewayName) => boolean; certificates: CertificateSource };

/** Everything a worker can do to the outside world. */
export const createActivities = (parts: AllParts) => ({
  ...createAccountActivities(parts),
  ...createAccountMailActivities(parts),
  ...createActivationActivities(parts),
  ...createCheckoutActivities(parts),
  ...createCleanUpActivities(parts),
  ...createGatewayCheckActivities(parts),
  ...createIncidentActivities(parts),
  ...createLostWorkflowActivities(parts),
  ...createMailActivities(parts),
  ...createManualTaskActivities(parts),
  ...createNodeActivities(parts),
  ...createPasswordActivities(parts),
  ...createPaymentActivities(parts),
  ...createPlacementActivities(parts),
  ...createRefundActivities(parts),
  ...createSubscriptionActivities(parts),
  ...createSweepActivities(parts),
  ...createUndoActivities(parts),
  ...createWebhookActivities(parts),
});
export type Activities = ReturnType<typeof createActivities>;
