import { describe, expect, it } from '@jest/globals';
import { request } from '../panel.harness.ts';
import { answering, failure, KEY, panel, simulator } from './testing/harness.ts';

describe('a refusal in plain words', () => {
  const KEY_GONE = 'Make a new one on the panel, enter it, then retry.';
  it.each([
    { status: 401, detail: 'Invalid API key or secret', name: 'VendorUnauthorized', says: 'Enter the right pair' },
    { status: 401, detail: 'API key is revoked', name: 'VendorUnauthorized', says: KEY_GONE },
    { status: 403, detail: 'API key is revoked', name: 'VendorUnauthorized', says: KEY_GONE },
    {
      status: 403,
      detail: "The user doesn't have super admin privileges",
      name: 'VendorUnauthorized',
      says: 'Give it BILLING with the account and user scopes; where that is not enough, SUPER_ADMIN.',
    },
    {
      status: 403,
      detail: 'IP address not allowed',
      name: 'VendorUnauthorized',
      says: 'Add our address 203.0.113.7 to the allowed IPs of the API key',
    },
    { status: 400, detail: 'Package 9 is inactive', name: 'VendorRefused', says: '400 Package 9 is inactive. Fix' },
    { status: 404, detail: 'Not Found', name: 'VendorRefused', says: "the server's base URL" },
    { status: 422, detail: 'no', name: 'VendorRefused', says: 'Correct the package' },
  ])('$status $detail', async ({ status, detail, name, says }) => {
    const { panel: refusing } = answering(status, { detail }, { egressAddress: '203.0.113.7' });
    const error = await failure(refusing.ensureAccount(request()));
    expect(error.name).toBe(name);
    expect(error.message).toContain(`NextPanel on ams-1 could not make account`);
    expect(error.message).toContain(detail);
    expect(error.message).toContain(says);
  });

  it("the simulator's own words for a foreign address lead to the same advice", async () => {
    simulator.keys.change(KEY.key_id, { allowed_ips: ['192.0.2.1'] });
    expect((await failure(panel().list())).message).toContain('Add the address this installation calls from');
  });

  it.each([
    { status: 400, detail: 'User with this username already exists', field: 'username' },
    { status: 409, detail: 'Username already exists', field: 'username' },
    { status: 400, detail: 'Email already exists', field: 'email' },
    { status: 400, detail: 'User with this e-mail already registered', field: 'email' },
  ])('$status $detail is a value', async ({ status, detail, field }) => {
    const { panel: refusing } = answering(status, { detail });
    expect(await refusing.ensureAccount(request())).toMatchObject({ outcome: 'taken', field });
  });

  it('LOG-02 of a malformed request names the fields, not what was in them', async () => {
    const wish = request();
    const password = await wish.initialPassword();
    const input = { password, username: wish.username };
    const detail = [{ type: 'missing', loc: ['body', 'package_id'], msg: 'Field required', input }];
    const { panel: refusing } = answering(422, { detail });
    const { message } = await failure(refusing.ensureAccount(wish));
    expect(message).toContain('422 body.package_id: Field required.');
    expect(message).not.toContain(password);
  });

  it('LOG-02 of a panel that repeats our secrets in its text does not pass them on', async () => {
    const wish = request();
    const password = await wish.initialPassword();
    const { panel: refusing } = answering(400, { detail: `bad password ${password} with ${KEY.key_secret}` });
    const { message } = await failure(refusing.ensureAccount(wish));
    expect(message).toContain('bad password …');
    expect(message).not.toContain(KEY.key_secret);
  });

  it('PANEL-10 of a hostile panel is cut short', async () => {
    const { panel: refusing } = answering(400, { detail: 'x'.repeat(1_000_000) });
    expect((await failure(refusing.ensureAccount(request()))).message.length).toBeLessThan(1_500);
  });
});
