/** Methods that Stripe keeps for a customer: looked at, and taken away. */
import { VendorUnavailable } from '#activities/http/vendor.ts';
import type { Gateway, SavedMethod } from '#activities/gateways/gateway.ts';
import type { StripeApi } from '../wire/client.ts';
import { isStripeFailure, isUnknown } from '../wire/errors.ts';
import { isDetached, toSavedMethod } from './saved-method.ts';

const METHOD_ID = /^pm_\w+$/;

export function createMethods(api: StripeApi): Pick<Gateway, 'findMethod' | 'removeMethod'> {
  const findMethod = async (methodId: string): Promise<SavedMethod | null> => {
    // An empty id would read the list, and a foreign one is not worth a request.
    if (!METHOD_ID.test(methodId)) return null;
    const method = await api.read(`read method ${methodId}`, async (stripe) => {
      try {
        const found = await stripe.paymentMethods.retrieve(methodId);
        if (found.id !== methodId) throw new Error('it is of another method');
        return found;
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    });
    if (!method || isDetached(method)) return null;
    const saved = toSavedMethod(method);
    if (saved) return saved;
    throw new VendorUnavailable(`Stripe on ${api.account} shows method ${methodId} in a way that cannot be read.`);
  };

  return {
    findMethod,
    async removeMethod({ methodId, key }) {
      if (!METHOD_ID.test(methodId)) return;
      const goneAlready = async () => ((await findMethod(methodId)) ? null : 'gone');
      let refusal: unknown;
      const refused = await api.write<'gone' | 'refused'>(`remove method ${methodId}`, {
        key,
        send: async (stripe, options) => {
          await stripe.paymentMethods.detach(methodId, {}, options);
          return 'gone';
        },
        find: goneAlready,
        // One that is detached already, or unknown, is refused with words only: looking says which it is.
        answer: (error) => {
          if (!isStripeFailure(error) || error.type !== 'StripeInvalidRequestError') return undefined;
          refusal = error;
          return 'refused';
        },
      });
      if (refused === 'refused' && !(await goneAlready())) throw api.failure(`remove method ${methodId}`, refusal);
    },
  };
}
