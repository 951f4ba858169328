/** The caught mails as a person reads them. */
import { html, raw } from 'hono/html';
import type { CaughtMail } from './caught-mail.ts';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c2430; }
  h1 { font-size: 1.3rem; } p, th, dt { color: #5b6675; } a { color: #1f5fbf; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .5rem .7rem; border-bottom: 1px solid #e3e7ec; }
  th { font-weight: 600; } dl { display: grid; grid-template-columns: 8rem 1fr; margin: 1rem 0; } dd { margin: 0; }
  pre { white-space: pre-wrap; background: #f6f7f9; padding: 1rem; border-radius: .5rem; }
  iframe { width: 100%; height: 30rem; border: 1px solid #e3e7ec; border-radius: .5rem; }
  .copy { background: #fdecc8; color: #7a5200; border-radius: 1rem; padding: .1rem .6rem; font-size: .85em; }
`;

type Markup = ReturnType<typeof html>;

const page = (title: string, nonce: string, head: Markup | string, body: Markup) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${head}
        <title>${title}</title>
        <style nonce="${nonce}">
          ${STYLE}
        </style>
      </head>
      <body>
        ${body}
      </body>
    </html>`;

const time = (at: string) => at.slice(0, 19).replace('T', ' ');
const SHOWN = 200;

/** @param copies  how often each message id was caught */
export function listPage(mails: CaughtMail[], copies: Map<string, number>, nonce: string) {
  const newest = mails.toReversed().slice(0, SHOWN);
  const row = (mail: CaughtMail) => html`
    <tr>
      <td>${time(mail.at)}</td>
      <td>${mail.to.join(', ')}</td>
      <td>
        <a href="/mails/${mail.id}">${mail.subject || '(no subject)'}</a>
        ${(copies.get(mail.messageId) ?? 0) > 1 ? html`<span class="copy">sent ${copies.get(mail.messageId)} times</span>` : ''}
      </td>
    </tr>
  `;
  const body = html`
    <h1>Mailbox</h1>
    <p>
      ${mails.length} mails were caught here instead of being delivered. The page renews itself.
      ${mails.length > SHOWN ? `Shown are the newest ${SHOWN}.` : ''}
    </p>
    <table>
      <thead>
        <tr>
          <th>Caught (UTC)</th>
          <th>To</th>
          <th>Subject</th>
        </tr>
      </thead>
      <tbody>
        ${newest.map(row)}
      </tbody>
    </table>
  `;
  return page('Mailbox', nonce, html`<meta http-equiv="refresh" content="3" />`, body);
}

export function mailPage(mail: CaughtMail, nonce: string) {
  const body = html`
    <p><a href="/">All mails</a></p>
    <h1>${mail.subject || '(no subject)'}</h1>
    <dl>
      <dt>From</dt>
      <dd>${mail.from}</dd>
      <dt>To</dt>
      <dd>${mail.to.join(', ')}</dd>
      <dt>Caught (UTC)</dt>
      <dd>${time(mail.at)}</dd>
      <dt>Message-ID</dt>
      <dd>${mail.messageId}</dd>
    </dl>
    ${
      mail.html
        ? html`<iframe
            title="The mail"
            src="/mails/${mail.id}/html"
            sandbox="allow-popups allow-popups-to-escape-sandbox"
          ></iframe>`
        : ''
    }
    <h2>Text</h2>
    <pre>${linked(mail.text)}</pre>
  `;
  return page(mail.subject, nonce, '', body);
}

/** The text with its web addresses to click, everything else as it is. */
function linked(text: string) {
  return text
    .split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/)
    .map((part, at) => (at % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : html`${part}`));
}

/** The HTML part alone, for the sandboxed frame: its links open outside, its scripts do not run. */
export const framed = (mail: CaughtMail) => html`<base target="_blank" />${raw(mail.html)}`;

export const FRAME_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
