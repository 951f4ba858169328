/** The hosted payment page, as plain HTML: nothing is loaded from anywhere. */
import { html } from 'hono/html';
import { describeMoney } from '#domain/money/money.ts';
import { fromStripe } from '../wire/amounts.ts';
import { TEST_CARDS } from './payments/cards.ts';
import type { Session } from './world.ts';

/** What a button does, for programs; people are shown a page or sent on. */
export interface PayAnswer {
  result: 'succeeded' | 'processing' | 'declined' | 'challenge' | 'canceled' | 'closed';
  /** Where the browser goes. */
  redirect?: string;
  message?: string;
}

export const successUrlOf = ({ success_url: url, id }: Session): string =>
  url.replace('{CHECKOUT_SESSION_ID}', id).replace('%7BCHECKOUT_SESSION_ID%7D', id);

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --ink: #5a4bdc }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; place-items: center; min-height: 100vh; padding: 1rem }
main { width: min(26rem, 100%); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem }
h1 { font-size: 1rem; font-weight: 500; margin: 0 } .amount { font-size: 2rem; font-weight: 700; margin: 0 0 1rem }
label { display: block; font-size: .85rem; margin-top: .75rem }
input { font: inherit; width: 100%; padding: .5rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: transparent; color: inherit }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem }
button { font: inherit; padding: .6rem 1rem; border-radius: 6px; border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer }
button.main { width: 100%; margin-top: 1rem; background: var(--ink); border-color: var(--ink); color: #fff; font-weight: 600 }
.more { display: flex; flex-wrap: wrap; gap: .5rem; margin-top: .75rem }
[role=alert] { border: 1px solid #c33; border-radius: 6px; padding: .6rem .8rem; margin: .75rem 0; color: #c33 }
.note { font-size: .8rem; opacity: .7 } table { font-size: .8rem; border-spacing: 0 .15rem } td { padding-right: .75rem; vertical-align: top }
code { white-space: nowrap }
`;

const frame = (title: string, content: ReturnType<typeof html>) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html>`;

const amountOf = ({ amount_total: amount, currency }: Session): string => describeMoney(fromStripe(amount!, currency!));

const isSetUp = ({ mode }: Session) => mode === 'setup';
/** What the page is for, as its customer reads it. */
const purposeOf = (session: Session) => (isSetUp(session) ? 'Save a payment method' : amountOf(session));

/** Beside the main one. */
const PAY_ACTIONS: [action: string, label: string][] = [
  ['challenge', 'Pay with 3-D Secure'],
  ['decline', 'Decline'],
  ['debit', 'Pay by SEPA debit'],
  ['twice', 'Pay twice'],
  ['cancel', 'Cancel'],
];
const SET_UP_ACTIONS: typeof PAY_ACTIONS = [
  ['challenge', 'Save with 3-D Secure'],
  ['decline', 'Decline'],
  ['debit', 'Save a bank account for SEPA debit'],
  ['cancel', 'Cancel'],
];

export function payPage(session: Session, problem?: string) {
  const main = isSetUp(session) ? 'Save card' : `Pay ${amountOf(session)}`;
  return frame(
    main,
    html`<h1>${session.sim.title}</h1>
      <p class="amount">${purposeOf(session)}</p>
      ${problem ? html`<p role="alert">${problem}</p>` : ''}
      <form method="post" action="/c/pay/${session.id}">
        <label>E-mail <input name="email" type="email" value="${session.customer_details?.email ?? ''}" /></label>
        <label>Card number <input name="number" inputmode="numeric" value="4242 4242 4242 4242" /></label>
        <div class="row">
          <label>Expires <input name="expiry" value="12 / 34" /></label>
          <label>CVC <input name="cvc" value="123" /></label>
        </div>
        <button class="main" name="action" value="pay">${main}</button>
        <div class="more">
          ${(isSetUp(session) ? SET_UP_ACTIONS : PAY_ACTIONS).map(
            ([action, label]) => html`<button name="action" value="${action}">${label}</button>`,
          )}
        </div>
      </form>
      <p class="note">Simulated Stripe: no real money moves. Do not enter a real card; these numbers are known here:</p>
      <table class="note">
        ${TEST_CARDS.map(
          ({ number, note }) =>
            html`<tr>
              <td><code>${number}</code></td>
              <td>${note}</td>
            </tr>`,
        )}
      </table>`,
  );
}

export function challengePage(session: Session) {
  return frame(
    '3-D Secure',
    html`<h1>Your bank asks: is this you?</h1>
      <p class="amount">${purposeOf(session)}</p>
      <form method="post" action="/c/pay/${session.id}/challenge">
        <button class="main" name="result" value="approve">Approve</button>
        <div class="more"><button name="result" value="fail">Fail</button></div>
      </form>`,
  );
}

/** What a person sees who opens a page that is over. */
export function closedPage(session: Session) {
  const paid = session.status === 'complete';
  const done = isSetUp(session) ? 'This was already saved.' : 'This was already paid.';
  return frame(
    paid ? done : 'Expired',
    html`<h1>${paid ? done : 'This page has expired.'}</h1>
      <p>
        <a href="${(paid ? session.success_url : session.cancel_url) ?? session.success_url}">Back to the shop</a>
      </p>`,
  );
}
