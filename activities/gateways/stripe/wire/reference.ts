import type { OurReference } from '#activities/gateways/gateway.ts';

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
