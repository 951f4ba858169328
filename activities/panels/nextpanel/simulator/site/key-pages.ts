/** What the administrator of the simulated panel sees: its API keys, and the one he has just made. */
import { html } from 'hono/html';
import type { ApiKey } from '../keys.ts';
import { LEVELS } from '../keys.ts';
import type { Markup } from './frame.ts';

export const signOut = (who: string): Markup => html`
  <form method="post" action="/sign-out">
    <span>Signed in as <b>${who}</b></span>
    <button>Sign out</button>
  </form>
`;

export const signInForm = (problem?: string): Markup => html`
  <h1>NextPanel, simulated</h1>
  ${problem ? html`<p role="alert">${problem}</p>` : ''}
  <form method="post" action="/sign-in">
    <label>User name <input name="username" autocomplete="username" required /></label>
    <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
    <button>Sign in</button>
  </form>
  <p>
    The administrator signs in with what <code>npm start</code> prints; a customer with the name and the password of the
    account. What the simulator has, <a href="/_sim/page">without a sign-in</a>.
  </p>
`;

const row = (key: ApiKey) => html`
  <tr>
    <td>${key.name}</td>
    <td class="mono">${key.key_id}</td>
    <td>${key.permission_level}</td>
    <td>${key.rate_limit_per_hour} an hour, ${key.rate_limit_per_day} a day</td>
    <td>${key.created_at.slice(0, 19).replace('T', ' ')}</td>
    <td>
      ${
        key.revoked_at || !key.is_active
          ? html`<span class="state deleted">revoked</span>`
          : html`<form method="post" action="/keys/${key.key_id}/revoke"><button>Revoke</button></form>`
      }
    </td>
  </tr>
`;

const level = (name: string) => html`<option ${name === 'billing' ? 'selected' : ''}>${name}</option>`;

/** @param made  just now: its secret is shown this once */
export const keysPage = (who: string, keys: readonly ApiKey[], made?: ApiKey): Markup => html`
  <h1>NextPanel, simulated</h1>
  ${signOut(who)}
  <h2>API keys</h2>
  ${
    made
      ? html`<div class="new" role="status">
          <p>The key is made. Its secret is shown this once:</p>
          <dl>
            <dt>Key</dt>
            <dd class="mono" id="key-id">${made.key_id}</dd>
            <dt>Secret</dt>
            <dd class="mono" id="key-secret">${made.key_secret}</dd>
          </dl>
        </div>`
      : ''
  }
  <table>
    <thead>
      <tr>
        <th>Name</th>
        <th>Key</th>
        <th>Level</th>
        <th>Calls</th>
        <th>Made (UTC)</th>
        <th></th>
      </tr>
    </thead>
    <tbody>
      ${keys.map(row)}
    </tbody>
  </table>
  <h2>A new key</h2>
  <form method="post" action="/keys">
    <label>Name <input name="name" value="billing" required /></label>
    <label>
      Level
      <select name="permission_level">
        ${LEVELS.map(level)}
      </select>
    </label>
    <label>Calls an hour <input name="rate_limit_per_hour" type="number" min="1" value="1000" required /></label>
    <label>Calls a day <input name="rate_limit_per_day" type="number" min="1" value="10000" required /></label>
    <button>Make key</button>
  </form>
  <p><a href="/_sim/page">The accounts of this server</a></p>
`;
