import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, reference } from '#domain/ids.ts';
import type { Orm } from '#db/orm.ts';
import { sha256 } from '#db/secrets/seal.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import type { Mail, Mailer } from '../mailers/mailer.ts';
import { VendorUnavailable } from '../http/vendor.ts';
import { createAccountMailActivities } from './account-mails.ts';

const asOf = Date.parse('2026-11-21T10:00:00Z');
const MINUTE = 60_000;
const HASH = '$argon2id$v=19$m=47104,t=1,p=1$fn7Fv74mzeGN3GSX/oFhzA$c2n8aNM2fuMH2F4pBe+PhX/Fh6tbaUzzFNTMG8LcUEw';

let db: TestDatabase;
let orm: Orm;
beforeAll(async () => {
  db = await createTestDatabase('account_mails');
  orm = await db.orm('worker');
});
afterAll(() => db.drop());

function post() {
  const sent: Mail[] = [];
  const state = { away: false };
  const mailer: Mailer = {
    send: async (mail) => {
      if (state.away) throw new VendorUnavailable('smtp.example did not answer');
      sent.push(mail);
      return { response: '250 ok' };
    },
    check: async () => ({ ok: true, message: '' }),
  };
  const settings = {
    publicUrl: 'https://hostwright.example',
    sellerName: 'Blue Shop',
    mailDomain: 'hostwright.example',
    linkKey: Buffer.alloc(32, 3),
  } as never;
  return { sent, state, ...createAccountMailActivities({ orm, mailer, settings }) };
}

async function request(kind: 'sign_up' | 'password_reset', email: string, userKind = 'customer', next?: string) {
  const id = newId();
  const applicant = kind === 'sign_up' ? JSON.stringify({ name: 'Ada Lovelace', country: 'GB', next }) : null;
  await db.sql(
    `insert into account_request (id, kind, user_kind, email, applicant, password_hash, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [id, kind, userKind, email, applicant, applicant && HASH, new Date(asOf)],
  );
  return id;
}
async function customer(email: string, user?: { confirmed: boolean }) {
  const [id, userId] = [newId(), newId()];
  await db.sql(
    `insert into customer (id, reference, email, name, country, created_at) values ($1, $2, $3, 'Ben Sold', 'GB', now())`,
    [id, reference('C', id), email],
  );
  if (user)
    await db.sql(
      `insert into user_account (id, kind, customer_id, email, name, password_hash, email_confirmed_at, created_at)
       values ($1, 'customer', $2, $3, 'Ben Sold', $4, $5, now())`,
      [userId, id, email, HASH, user.confirmed ? new Date(asOf) : null],
    );
  return { id, userId };
}
/** The link in a mail, as the database knows it. */
async function linkIn({ text }: Mail) {
  const [, token] = /https:\/\/hostwright\.example\/account\/([\w-]{43})/.exec(text)!;
  const [row] = await db.sql<{ purpose: string; minutes: number; bound: string }>(
    `select purpose, extract(epoch from expires_at - $2)::int / 60 as minutes,
       coalesce(user_id, request_id, invited_customer_id) as bound from one_time_token where token_hash = $1`,
    [sha256(token!), new Date(asOf)],
  );
  return row;
}

describe('AUTH-11: what the owner of an address is sent', () => {
  it('a link to confirm it, good for a day, which goes on to where he was', async () => {
    const { answerAccountRequest, sent } = post();
    const requestId = await request('sign_up', 'new@example.com', 'customer', '/order/starter?cycle=monthly');
    expect(await answerAccountRequest({ requestId, asOf })).toBe('confirm_address');
    expect(sent[0]).toMatchObject({ to: { address: 'new@example.com', name: 'Ada Lovelace' } });
    expect(sent[0]!.text).toContain('?next=%2Forder%2Fstarter%3Fcycle%3Dmonthly');
    expect(await linkIn(sent[0]!)).toEqual({ purpose: 'confirm_address', minutes: 24 * 60, bound: requestId });
    expect(await answerAccountRequest({ requestId, asOf })).toBe('nothing');
    expect(sent).toHaveLength(1);
  });

  it('that he has an account, without a link that would be worth something', async () => {
    const { answerAccountRequest, sent } = post();
    await customer('known@example.com', { confirmed: true });
    const requestId = await request('sign_up', 'KNOWN@example.com');
    expect(await answerAccountRequest({ requestId, asOf })).toBe('has_account');
    expect(sent[0]!.to).toEqual({ address: 'known@example.com', name: 'Ben Sold' });
    expect(sent[0]!.text).not.toContain('/account/');
    expect(sent[0]!.text).toContain('https://hostwright.example/sign-in');
  });

  it('also where an older row has a name of two lines', async () => {
    const { answerAccountRequest, sent } = post();
    const { id } = await customer('lines@example.com');
    await db.sql('update customer set name = $1 where id = $2', ['Ben\u2028Bcc: x@y.z\r\nSold', id]);
    await answerAccountRequest({ requestId: await request('password_reset', 'lines@example.com'), asOf });
    expect(sent[0]!.to.name).toBe('Ben Bcc: x@y.z Sold');
  });

  it('an invitation where staff sold to him, whatever he asked for', async () => {
    const { answerAccountRequest, sent } = post();
    const sold = await customer('sold@example.com');
    for (const kind of ['sign_up', 'password_reset'] as const) {
      const requestId = await request(kind, 'sold@example.com');
      expect(await answerAccountRequest({ requestId, asOf })).toBe('invitation');
      expect(await linkIn(sent.at(-1)!)).toEqual({ purpose: 'invitation', minutes: 7 * 24 * 60, bound: sold.id });
    }
  });

  it('a link for a new password, good for half an hour; also to whoever never confirmed', async () => {
    const { answerAccountRequest, sent } = post();
    const lost = await customer('lost@example.com', { confirmed: true });
    const older = await customer('older@example.com', { confirmed: false });
    await answerAccountRequest({ requestId: await request('password_reset', 'lost@example.com'), asOf });
    await answerAccountRequest({ requestId: await request('sign_up', 'older@example.com'), asOf });
    expect(await linkIn(sent[0]!)).toEqual({ purpose: 'password_reset', minutes: 30, bound: lost.userId });
    expect(await linkIn(sent[1]!)).toEqual({ purpose: 'password_reset', minutes: 30, bound: older.userId });
  });

  it('nothing for an address that nobody has, nor for staff where a customer is asked for', async () => {
    const { answerAccountRequest, sent } = post();
    await customer('nostaff@example.com', { confirmed: true });
    const asked = [
      await request('password_reset', 'nobody@example.com'),
      await request('password_reset', 'nostaff@example.com', 'staff'),
    ];
    for (const requestId of asked) expect(await answerAccountRequest({ requestId, asOf })).toBe('nothing');
    expect(sent).toEqual([]);
  });

  it('three mails an hour at most, however often it is asked', async () => {
    const { answerAccountRequest, sent } = post();
    await customer('flood@example.com', { confirmed: true });
    const answers = [];
    for (let i = 0; i < 5; i += 1) {
      const requestId = await request('password_reset', i % 2 ? 'FLOOD@example.com' : 'flood@example.com');
      answers.push(await answerAccountRequest({ requestId, asOf: asOf + i * MINUTE }));
    }
    expect(answers).toEqual(['password_reset', 'password_reset', 'password_reset', 'nothing', 'nothing']);
    const later = await request('password_reset', 'flood@example.com');
    expect(await answerAccountRequest({ requestId: later, asOf: asOf + 62 * MINUTE })).toBe('password_reset');
    expect(sent).toHaveLength(4);
  });

  it('a mail that is tried again carries the same id and the same link', async () => {
    const { answerAccountRequest, sent, state } = post();
    const requestId = await request('sign_up', 'again@example.com');
    state.away = true;
    await expect(answerAccountRequest({ requestId, asOf })).rejects.toMatchObject({ name: 'VendorUnavailable' });
    state.away = false;
    await answerAccountRequest({ requestId, asOf });
    expect(sent).toHaveLength(1);
    const links = await db.sql('select from one_time_token where request_id = $1', [requestId]);
    const notices = await db.sql<{ id: string }>('select id from notice where key = $1', [`account/${requestId}`]);
    expect([links.length, notices.length]).toEqual([1, 1]);
    expect(sent[0]!.messageId).toBe(`${notices[0]!.id}@hostwright.example`);
  });
});
