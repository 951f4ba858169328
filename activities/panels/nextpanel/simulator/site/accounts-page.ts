/** What the simulated panel has, as a person sees it: its accounts, newest first. */
import { html } from 'hono/html';
import type { SimulatedAccount } from '../accounts.ts';
import type { Markup } from './frame.ts';

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

export function accountsTable(accounts: SimulatedAccount[]): Markup {
  const newest = [...accounts].sort((a, b) => b.id - a.id);
  return html`
    <h1>NextPanel, simulated</h1>
    <p>
      ${accounts.filter(({ state }) => state !== 'deleted').length} accounts on this server. The page renews itself.
      ${newest.length > SHOWN ? `Shown are the newest ${SHOWN}.` : ''} <a href="/">Sign in to the panel</a>
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
  `;
}
