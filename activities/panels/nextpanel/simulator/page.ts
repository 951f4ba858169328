/** The simulated panel as a person sees it: its accounts, newest first. */
import { html } from 'hono/html';
import type { SimulatedAccount } from './accounts.ts';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2430; }
  h1 { font-size: 1.3rem; } p { color: #5b6675; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .5rem .7rem; border-bottom: 1px solid #e3e7ec; }
  th { font-weight: 600; color: #5b6675; } td.mono { font-family: ui-monospace, monospace; font-size: .9em; }
  .state { border-radius: 1rem; padding: .1rem .6rem; font-size: .85em; }
  .active { background: #dff5e6; color: #14683a; } .suspended { background: #fdecc8; color: #7a5200; } .deleted { background: #eceff2; color: #5b6675; }
`;

const row = (account: SimulatedAccount) => html`
  <tr>
    <td>${account.id}</td>
    <td class="mono">${account.username}</td>
    <td>${account.full_name ?? ''}<br />${account.email}</td>
    <td>${account.package_id ?? ''}</td>
    <td><span class="state ${account.state}">${account.state}</span> ${account.suspendReason ?? ''}</td>
    <td class="mono">${account.license?.key.slice(0, 8) ?? ''}${account.license ? '…' : ''}</td>
    <td class="mono">${String(account.metadata?.['billing_service_id'] ?? '')}</td>
    <td>${account.createdAt.slice(0, 19).replace('T', ' ')}</td>
  </tr>
`;

const SHOWN = 200;

export function accountsPage(accounts: SimulatedAccount[], nonce: string) {
  const newest = [...accounts].sort((a, b) => b.id - a.id);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content="3" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>NextPanel (simulated)</title>
        <style nonce="${nonce}">
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>NextPanel, simulated</h1>
        <p>
          ${accounts.filter(({ state }) => state !== 'deleted').length} accounts on this server. The page renews itself.
          ${newest.length > SHOWN ? `Shown are the newest ${SHOWN}.` : ''}
        </p>
        <table>
          <thead>
            <tr>
              <th>Id</th>
              <th>User name</th>
              <th>Customer</th>
              <th>Package</th>
              <th>State</th>
              <th>License</th>
              <th>Service</th>
              <th>Made (UTC)</th>
            </tr>
          </thead>
          <tbody>
            ${newest.slice(0, SHOWN).map(row)}
          </tbody>
        </table>
      </body>
    </html>`;
}
