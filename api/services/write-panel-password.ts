import { newId } from '#domain/ids.ts';
import { ServiceSecret } from '#db/entities/index.ts';
import type { Em } from '#db/orm.ts';
import { sha256, type Sealer } from '#db/secrets/seal.ts';

/** A link from the welcome mail that is still good, and the service it is for. */
export interface PasswordLink {
  tokenId: string;
  serviceId: string;
  customerId: string;
  reference: string;
  username: string | null;
  panelUrl: string | null;
}

/** A try that ended without an answer gives the link back after this long, also if this process died meanwhile. */
const TRY_LASTS_MS = 60_000;

const placeOf = (rowId: string) => ({ table: 'service_secret', column: 'sealed', rowId });

/**
 * @param lock  holds the link until the transaction ends
 * @returns nothing for a link that is unknown, used or expired, or whose service has ended
 */
export async function findLink(em: Em, token: string, asOf: Date, lock = false): Promise<PasswordLink | undefined> {
  const [link] = await em.execute<PasswordLink[]>(
    `select t.id as "tokenId", s.id as "serviceId", s.customer_id as "customerId", s.reference, s.username,
       n.public_url as "panelUrl"
     from one_time_token t join service s on s.id = t.service_id left join node n on n.id = s.node_id
     where t.token_hash = ? and t.purpose = 'panel_password' and t.expires_at > ? and s.status not in ('canceled', 'terminated')
       and (t.used_at is null or t.used_at < ? and exists (
         select from service_secret x where x.service_id = s.id and x.purpose = 'new_password'))
     ${lock ? 'for update of t' : ''}`,
    [sha256(token), asOf, new Date(asOf.getTime() - TRY_LASTS_MS)],
  );
  return link;
}

/** Uses the link, and seals the wish for the worker. @returns id of the secret's row */
export async function useLink(
  em: Em,
  sealer: Sealer,
  link: PasswordLink,
  password: string,
  asOf: Date,
): Promise<string> {
  const { tokenId, serviceId, customerId } = link;
  const id = newId();
  await em.execute(`update one_time_token set used_at = ? where id = ?`, [asOf, tokenId]);
  await em.nativeDelete(ServiceSecret, { serviceId, purpose: 'new_password' });
  const sealed = sealer.seal(password, placeOf(id));
  await em.insert(ServiceSecret, { id, serviceId, customerId, purpose: 'new_password', sealed, createdAt: asOf });
  return id;
}

/** The panel did not take it: the same link may be tried again at once. */
export async function giveLinkBack(em: Em, { tokenId }: PasswordLink): Promise<void> {
  await em.execute(`update one_time_token set used_at = null where id = ?`, [tokenId]);
}

/**
 * Takes out the password the account was made with; afterwards nobody has it but who reads the answer.
 * @returns nothing when it is gone already
 */
export async function takeInitialPassword(
  em: Em,
  sealer: Sealer,
  { serviceId }: PasswordLink,
): Promise<string | undefined> {
  const secrets = await em.find(ServiceSecret, { serviceId });
  const initial = secrets.find(({ purpose }) => purpose === 'initial_password');
  const password = initial && sealer.open(initial.sealed, placeOf(initial.id));
  await em.nativeDelete(ServiceSecret, { serviceId });
  return password;
}
