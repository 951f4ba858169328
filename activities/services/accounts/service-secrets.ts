import { randomBytes } from 'node:crypto';
import { newId } from '#domain/ids.ts';
import { ServiceSecret, type Service } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import type { Sealer } from '#db/secrets/seal.ts';

const placeOf = (rowId: string) => ({ table: 'service_secret', column: 'sealed', rowId });

/** Makes the account's first password, 24 symbols, and seals it before any panel hears of it. */
export function makeInitialPassword(em: Em, sealer: Sealer, service: Service, asOf: Date): void {
  const id = newId();
  em.create(ServiceSecret, {
    id,
    serviceId: service.id,
    customerId: service.customerId,
    purpose: 'initial_password',
    sealed: sealer.seal(`${randomBytes(15).toString('base64url')}aA1!`, placeOf(id)),
    createdAt: asOf,
  });
}

/** @throws Error when the password was handed over already, so that no panel gets a second one */
export async function openInitialPassword(em: Em, sealer: Sealer, serviceId: string): Promise<string> {
  const secret = await em.findOneOrFail(ServiceSecret, { serviceId, purpose: 'initial_password' });
  return openSecret(sealer, secret);
}

export const openSecret = (sealer: Sealer, { id, sealed }: ServiceSecret): string => sealer.open(sealed, placeOf(id));
