import { randomBytes, randomUUID } from 'node:crypto';
import { ask, clientOf, type Api } from '#cli/commands/api.ts';

export interface Shopper {
  /** Called as this customer's browser would. */
  api: Api;
  email: string;
  name: string;
}

/**
 * Signs a new customer up and in, as the portal does.
 * @param linkTo  waits for the mail to an address, and answers the token of the link in it
 */
export async function newShopper(origin: string, linkTo: (email: string) => Promise<string>): Promise<Shopper> {
  const browser: Record<string, string> = { origin };
  const api = clientOf(origin, () => browser);
  const name = 'Ines Moreau';
  const email = `ines.${randomBytes(3).toString('hex')}@harbor-bakery.example`;
  const password = randomBytes(24).toString('base64url');
  await ask(
    api['sign-up'].$post({ header: {}, json: { email, password, name, company: 'Harbor Bakery', country: 'FR' } }),
  );
  await ask(api['account-links'].$post({ json: { token: await linkTo(email), password } }));
  const response = await api['sign-in'].$post({ json: { email, password } });
  const me = await ask(Promise.resolve(response));
  // Only the first part of each cookie goes back.
  browser.cookie = response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
  browser['x-csrf-token'] = me.csrf_token ?? '';
  return { api, email, name };
}

/** The cheapest that can be had monthly in euros, paid by card. */
export async function orderCheapest({ api }: Shopper) {
  const { plans } = await ask(api.plans.$get());
  const priced = plans.flatMap(({ code, prices }) =>
    prices
      .filter(({ cycle, price }) => cycle === 'monthly' && price.currency === 'EUR')
      .map(({ price }) => ({ code, minor: Number(price.amount) })),
  );
  const plan = priced.sort((a, b) => a.minor - b.minor)[0]?.code ?? 'starter';
  return ask(
    api.orders.$post({
      header: { 'idempotency-key': randomUUID() },
      json: { plan, cycle: 'monthly', currency: 'EUR', gateway: 'stripe' },
    }),
  );
}
