import type { ApiConfiguration } from '#domain/configuration/configuration.ts';
import { leastAmount } from '#domain/money/least-amount.ts';
import { describeMoney } from '#domain/money/money.ts';
import { vendorLabel } from '#domain/vendors.ts';
import { Problem } from '../http/problem.ts';
import type { Shop } from '#db/money/issue-invoice.ts';
import type { PlaceOutcome } from '#db/orders/place-order.ts';

/** Who sells, as every invoice says. */
export const shopOf = ({ SELLER_NAME, SELLER_EMAIL, SELLER_COUNTRY, BILLING_ZONE }: ApiConfiguration): Shop => ({
  seller: { name: SELLER_NAME, email: SELLER_EMAIL, country: SELLER_COUNTRY },
  billingZone: BILLING_ZONE,
});

/**
 * @param soldOut  what is said of a plan that is sold out
 * @throws Problem saying why nothing was placed; the caller's transaction rolls back
 */
export function placedOrRefused(placed: PlaceOutcome, soldOut: string): Extract<PlaceOutcome, { outcome: 'placed' }> {
  switch (placed.outcome) {
    case 'placed':
      return placed;
    case 'plan_not_offered':
      throw new Problem(
        422,
        'plan_not_offered',
        'There is no such plan on offer for this cycle and currency; see GET /api/v2/plans.',
        { errors: [{ pointer: '/plan', detail: 'is not on offer for this cycle and currency' }] },
      );
    case 'sold_out':
      throw new Problem(409, 'sold_out', `${placed.planName} is sold out: no server can take it now. ${soldOut}`, {
        errors: [{ pointer: '/plan', detail: 'is sold out' }],
      });
    case 'currency_fixed':
      throw new Problem(
        409,
        'currency_fixed',
        `All orders of a customer are in one currency, here ${placed.currency}. Order in ${placed.currency}.`,
        { errors: [{ pointer: '/currency', detail: `is ${placed.currency} for this customer` }] },
      );
    case 'too_little': {
      const { total, gateway } = placed;
      const least = `${vendorLabel(gateway)} takes ${describeMoney(leastAmount(gateway, total.currency))} at least`;
      throw new Problem(
        422,
        'amount_too_small',
        `${describeMoney(total)} cannot be paid there: ${least}. Choose another way to pay.`,
        { errors: [{ pointer: '/gateway', detail: `is not for so little: ${least}` }] },
      );
    }
  }
}
