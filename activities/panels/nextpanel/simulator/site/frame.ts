/** How every page of the simulated panel looks; nothing is loaded from anywhere, and only its own forms are sent. */
import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { html } from 'hono/html';

export type Markup = ReturnType<typeof html>;

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2430; }
  h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } p { color: #5b6675; } a { color: #1f5fbf; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .5rem .7rem; border-bottom: 1px solid #e3e7ec; }
  th { font-weight: 600; color: #5b6675; } .mono { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
  .state { border-radius: 1rem; padding: .1rem .6rem; font-size: .85em; }
  .active { background: #dff5e6; color: #14683a; } .suspended { background: #fdecc8; color: #7a5200; } .deleted { background: #eceff2; color: #5b6675; }
  form { display: flex; flex-wrap: wrap; gap: .7rem; align-items: end; } label { display: grid; font-size: .85em; color: #5b6675; }
  input, select, button { font: inherit; padding: .35rem .6rem; } td form { display: inline; }
  [role=alert] { color: #a02020; } .new { background: #f6f7f9; border-radius: .5rem; padding: .7rem 1rem; }
  dl { display: grid; grid-template-columns: 9rem 1fr; } dt { color: #5b6675; } dd { margin: 0; }
`;

export function page(c: Context, title: string, body: Markup, { renews = false, status = 200 as 200 | 401 } = {}) {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; frame-ancestors 'none'`;
  c.header('content-security-policy', policy);
  c.header('cache-control', 'no-store');
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          ${renews ? html`<meta http-equiv="refresh" content="3" />` : ''}
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>${title}</title>
          <style nonce="${nonce}">
            ${STYLE}
          </style>
        </head>
        <body>
          ${body}
        </body>
      </html>`,
    status,
  );
}
