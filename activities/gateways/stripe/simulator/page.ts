/** The hosted payment page, as plain HTML: nothing is loaded from anywhere. */
import { html } from 'hono/html';
import { describeMoney } from '#domain/money/money.ts';
import { fromStripe } from '../wire/amounts.ts';
import { TEST_CARDS } from './payments/cards.ts';
import type { Session } from './world.ts';

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

export const amountOf = (session: Session): string => describeMoney(fromStripe(session.amount_total, session.currency));

export function payPage(session: Session, problem?: string) {
  const amount = amountOf(session);
  return frame(
    `Pay ${amount}`,
    html`<h1>${session.sim.title}</h1>
      <p class="amount">${amount}</p>
      ${problem ? html`<p role="alert">${problem}</p>` : ''}
      <form method="post" action="/c/pay/${session.id}">
        <label>E-mail <input name="email" type="email" value="${session.customer_details?.email ?? ''}" /></label>
        <label>Card number <input name="number" inputmode="numeric" value="4242 4242 4242 4242" /></label>
        <div class="row">
          <label>Expires <input name="expiry" value="12 / 34" /></label>
          <label>CVC <input name="cvc" value="123" /></label>
        </div>
        <button class="main" name="action" value="pay">Pay ${amount}</button>
        <div class="more">
          <button name="action" value="challenge">Pay with 3-D Secure</button>
          <button name="action" value="decline">Decline</button>
          <button name="action" value="debit">Pay by SEPA debit</button>
          <button name="action" value="twice">Pay twice</button>
          <button name="action" value="cancel">Cancel</button>
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
      <p class="amount">${amountOf(session)}</p>
      <form method="post" action="/c/pay/${session.id}/challenge">
        <button class="main" name="result" value="approve">Approve</button>
        <div class="more"><button name="result" value="fail">Fail</button></div>
      </form>`,
  );
}

/** What a person sees who opens a page that is over. */
export function closedPage(session: Session) {
  const paid = session.status === 'complete';
  return frame(
    paid ? 'Already paid' : 'Expired',
    html`<h1>${paid ? 'This was already paid.' : 'This payment page has expired.'}</h1>
      <p>
        <a href="${(paid ? session.success_url : session.cancel_url) ?? session.success_url}">Back to the shop</a>
      </p>`,
  );
}
