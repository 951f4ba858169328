import { randomBytes } from 'node:crypto';
import { newId } from '#domain/ids.ts';
import type { Sealer } from '#db/secrets/seal.ts';

const placeOf = (rowId: string) => ({ table: 'service_secret', column: 'sealed', rowId });

/** The first password of a new account, as a part of the statement that places its service. */
export const INITIAL_PASSWORD = `password as (
     insert into service_secret (id, service_id, customer_id, purpose, sealed, created_at)
     select $secretId, $serviceId, $customerId, 'initial_password', $sealedPassword, $asOf from slot
   )`;

/** Values of `INITIAL_PASSWORD`: 24 symbols, sealed before any panel hears of them. */
export function newInitialPassword(sealer: Sealer) {
  const secretId = newId();
  const password = `${randomBytes(15).toString('base64url')}aA1!`;
  return { secretId, sealedPassword: sealer.seal(password, placeOf(secretId)) };
}

export const openSecret = (sealer: Sealer, { id, sealed }: { id: string; sealed: Buffer }): string =>
  sealer.open(sealed, placeOf(id));
