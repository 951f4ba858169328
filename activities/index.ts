import { createActivationActivities } from './activation.ts';
import { createCheckoutActivities } from './checkout.ts';
import { createIncidentActivities } from './incidents.ts';
import { createMailActivities } from './mails.ts';
import { createNodeActivities } from './nodes.ts';
import type { ActivityParts } from './parts.ts';
import { createPaymentActivities } from './payments.ts';
import { createPlacementActivities } from './placement.ts';
import { createProvisioningActivities } from './provisioning.ts';
import { createRefundActivities } from './refunds.ts';
import { createSubscriptionActivities } from './subscriptions.ts';
import { createSweepActivities, type CertificateSource } from './sweeps.ts';
import { createUndoActivities } from './undo.ts';

export type AllParts = ActivityParts & { livemode: (gateway: string) => boolean; certificates: CertificateSource };

/** Everything a worker can do to the outside world. */
export const createActivities = (parts: AllParts) => ({
  ...createActivationActivities(parts),
  ...createCheckoutActivities(parts),
  ...createIncidentActivities(parts),
  ...createMailActivities(parts),
  ...createNodeActivities(parts),
  ...createPaymentActivities(parts),
  ...createPlacementActivities(parts),
  ...createProvisioningActivities(parts),
  ...createRefundActivities(parts),
  ...createSubscriptionActivities(parts),
  ...createSweepActivities(parts),
  ...createUndoActivities(parts),
});
export type Activities = ReturnType<typeof createActivities>;
