import type { GatewayEvent, OurReference, OurSetUp } from '#activities/gateways/gateway.ts';

/** Undefined when the object does not carry metadata at all. */
export type Metadata = Record<string, string> | null | undefined;

export const toMetadata = ({ env, invoiceId, attemptId }: OurReference): Record<string, string> => ({
  env,
  invoice_id: invoiceId,
  attempt_id: attemptId,
});

/** Null unless all three are there: what was made by hand is not ours. */
export function fromMetadata(metadata: Metadata): OurReference | null {
  const { env, invoice_id: invoiceId, attempt_id: attemptId } = metadata ?? {};
  return env && invoiceId && attemptId ? { env, invoiceId, attemptId } : null;
}

/** An attempt makes one object of a kind, so its id and environment say whether this is it. */
export const belongsTo = (metadata: Metadata, { env, attemptId }: Pick<OurReference, 'env' | 'attemptId'>): boolean =>
  metadata?.env === env && metadata.attempt_id === attemptId;

/** On a set-up's page and its SetupIntent; the customer under the same name as on the Stripe customer. */
export const setUpMetadata = ({ env, customerId, setUpId }: OurSetUp): Record<string, string> => ({
  env,
  account_id: customerId,
  set_up_id: setUpId,
});

export function setUpOf(metadata: Metadata): GatewayEvent['setUp'] {
  const { env, account_id: customerId, set_up_id: setUpId } = metadata ?? {};
  return env && customerId && setUpId ? { env, customerId, setUpId } : null;
}

export const isOfSetUp = (metadata: Metadata, { env, setUpId }: Pick<OurSetUp, 'env' | 'setUpId'>): boolean =>
  metadata?.env === env && metadata.set_up_id === setUpId;
