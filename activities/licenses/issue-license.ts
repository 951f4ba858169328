import { newId } from '#domain/ids.ts';
import { issueLicenseKey } from '#db/licenses/license-keys.ts';
import type { ActivityParts } from '../parts.ts';

/**
 * Issues the license of a new service, as parts of the statement that places it: the key is made once, and the plan's
 * quotas are copied, so that a later change of the plan leaves them.
 */
export const LICENSE = `licensed as (
     insert into license (id, customer_id, service_id, plan_id, key_hash, key_sealed, key_hint, status, node_id, issued_at)
     select $licenseId, $customerId, $serviceId, $planId, $keyHash, $keySealed, $keyHint, 'active', slot.id, $asOf from slot
   ), quotas as (
     insert into license_quota (license_id, customer_id, feature, quota)
     select $licenseId, $customerId, feature, quota from plan_quota, slot where plan_id = $planId
   )`;

/** Values of `LICENSE`. The plain key is not among them: the panel opens the sealed one. */
export function newLicense({ sealer, settings }: Pick<ActivityParts, 'sealer' | 'settings'>) {
  const licenseId = newId();
  const { licenseKeyForm, licensePepper } = settings;
  const { hash, sealed, hint } = issueLicenseKey(licenseKeyForm, licensePepper, sealer, licenseId);
  return { licenseId, keyHash: hash, keySealed: sealed, keyHint: hint };
}
