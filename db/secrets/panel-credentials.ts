import { randomBytes } from 'node:crypto';
import type { Sealer } from './seal.ts';

/** Where the secret of a panel credential is sealed. */
export const panelSecretPlace = (credentialId: string) => ({
  table: 'panel_credential',
  column: 'secret',
  rowId: credentialId,
});

/**
 * A pair for one node's panel: what it calls itself (`X-Panel-Id`) and the 256-bit secret it signs with, whose
 * base64 characters are the HMAC key as they stand. The secret is shown once and kept sealed.
 */
export function issuePanelCredential(
  sealer: Sealer,
  credentialId: string,
): { keyId: string; secret: string; sealed: Buffer } {
  const keyId = `pc_${randomBytes(12).toString('hex')}`;
  const secret = randomBytes(32).toString('base64');
  return { keyId, secret, sealed: sealer.seal(secret, panelSecretPlace(credentialId)) };
}
