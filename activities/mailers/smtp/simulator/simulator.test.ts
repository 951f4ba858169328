import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { CaughtMail } from './caught-mail.ts';
import { createMailbox, type Mailbox } from './simulator.ts';
import type { Mail } from '#activities/mailers/mailer.ts';
import { createSmtpMailer } from '../adapter.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(stateFile?: string) {
  const mailbox = createMailbox({ stateFile });
  const smtp = await mailbox.startSmtp();
  closing.push(() => smtp.close());
  const mailer = createSmtpMailer({
    record: () => undefined,
    host: '127.0.0.1',
    port: smtp.port,
    secure: false,
    from: 'billing@hostwright.example',
  });
  closing.push(mailer.close);
  const send = (change: Partial<Mail> = {}) =>
    mailer.send({
      messageId: 'notice-1@hostwright.example',
      to: { address: 'ines@harbor-bakery.example', name: 'Ines' },
      subject: 'Welcome',
      text: 'Go to https://portal.example/set?t=abc&u=1.',
      html: '<p>Welcome</p>',
      ...change,
    });
  return { mailbox, send };
}

const asked = async ({ app }: Mailbox, query = '') =>
  (await (await app.request(`/_sim/mails${query}`)).json()) as {
    total: number;
    duplicates: Record<string, number>;
    mails: CaughtMail[];
  };

describe('what a test asks', () => {
  it('is which mails came, by recipient or message id, and which came more than once', async () => {
    const { mailbox, send } = await open();
    await send();
    await send();
    await send({ messageId: 'notice-2@hostwright.example', to: { address: 'otto@example.com', name: '' } });
    expect(await asked(mailbox)).toMatchObject({ total: 3, duplicates: { 'notice-1@hostwright.example': 2 } });
    expect(await asked(mailbox, '?to=OTTO@example.com')).toMatchObject({ total: 1, duplicates: {} });
    expect(await asked(mailbox, '?messageId=notice-1@hostwright.example')).toMatchObject({ total: 2 });
    expect(await asked(mailbox, '?to=nobody@example.com')).toMatchObject({ total: 0, mails: [] });
  });

  it('can be planned to fail: so often, and for one recipient only', async () => {
    const { mailbox, send } = await open();
    const plan = { kind: 'reject', to: 'ines@harbor-bakery.example', times: 2 };
    await mailbox.app.request('/_sim/smtp-faults', { method: 'POST', body: JSON.stringify(plan) });
    await expect(send()).rejects.toMatchObject({ name: 'VendorRefused' });
    await expect(send({ to: { address: 'otto@example.com', name: '' } })).resolves.toBeDefined();
    await expect(send()).rejects.toMatchObject({ name: 'VendorRefused' });
    await expect(send()).resolves.toBeDefined();
    await mailbox.app.request('/_sim/smtp-faults', { method: 'POST', body: JSON.stringify({ kind: 'defer' }) });
    await expect(send()).rejects.toMatchObject({ name: 'VendorUnavailable' });
    await mailbox.app.request('/_sim/smtp-faults', { method: 'DELETE' });
    await expect(send()).resolves.toBeDefined();
  });
});

describe('what a person sees', () => {
  it('is a list with the newest first, and repeats marked', async () => {
    const { mailbox, send } = await open();
    await send();
    await send({ messageId: 'notice-2@hostwright.example', subject: 'Your invoice' });
    await send({ messageId: 'notice-2@hostwright.example', subject: 'Your invoice' });
    const page = await (await mailbox.app.request('/')).text();
    expect(page.indexOf('Your invoice')).toBeLessThan(page.indexOf('Welcome'));
    expect(page).toContain('sent 2 times');
  });

  it('is one mail: its text with links to click', async () => {
    const { mailbox, send } = await open();
    await send();
    const page = await (await mailbox.app.request('/mails/1')).text();
    expect(page).toContain('<a href="https://portal.example/set?t=abc&amp;u=1" rel="noreferrer">');
    expect(page).toContain('notice-1@hostwright.example');
    expect((await mailbox.app.request('/mails/99')).status).toBe(404);
  });

  it('WEB-05 is text as text, and HTML in a frame that may do nothing', async () => {
    const { mailbox, send } = await open();
    const evil = '<script>alert(1)</script>';
    await send({ subject: evil, text: evil, html: `<p>Hello</p>${evil}` });
    for (const path of ['/', '/mails/1']) {
      const response = await mailbox.app.request(path);
      expect(await response.text()).not.toContain('<script>');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    const frame = await mailbox.app.request('/mails/1/html');
    expect(frame.headers.get('content-security-policy')).toMatch(/^sandbox (?!.*allow-scripts)/);
    expect(await frame.text()).toContain('<p>Hello</p>');
    const page = await (await mailbox.app.request('/mails/1')).text();
    expect(page).toMatch(/sandbox="allow-popups allow-popups-to-escape-sandbox"/);
  });
});

it('a killed mailbox knows afterwards what it had taken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mailbox-'));
  closing.push(() => rmSync(folder, { recursive: true }));
  const stateFile = join(folder, 'mailbox.jsonl');
  const before = await open(stateFile);
  await before.send();
  const after = await open(stateFile);
  expect(after.mailbox.mails()).toHaveLength(1);
  await after.send();
  expect(await asked(after.mailbox)).toMatchObject({ total: 2, duplicates: { 'notice-1@hostwright.example': 2 } });
});
