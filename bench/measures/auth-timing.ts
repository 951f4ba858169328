import { randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import pg from 'pg';
import { sha256 } from '#db/secrets/seal.ts';
import { newId, reference } from '#domain/ids.ts';
import { tellApart } from '../classifier.ts';
import { HOST, openLicenseServers } from '../licenses.ts';
import { openConnection, type Answer } from '../load/connection.ts';
import { signedRequest } from '../load/questions.ts';
import type { Measure } from '../measure.ts';
import { FEATURES, keyOf, panelOf, PANELS } from '../seeds/licenses.ts';

/** One failed sign-in each per person: as many as an account has before it must wait. */
const ROUNDS = 5;
const PEOPLE = 500;
const LICENSES = 5_000;
const LICENSE_PAIRS = 1_000;
/** First ones, while code is compiled and pages come into memory. */
const WARM_UP = 20;

type Ask = (request: Buffer) => Promise<Answer & { ms: number }>;

export default {
  ids: ['auth03-auc', 'panel04-auc'],
  method:
    `how well a threshold on the time of an answer tells what must not be told: 0.5 is a coin toss. \`auth03-auc\`: ${PEOPLE} pairs ` +
    'of sign-ins with a wrong password, for an address that has an account and for one that has none, and as many pairs of ' +
    'sign-ups, of requests for a new password, and of mailed links: one that somebody has used, and one that never was. Of all ' +
    'the worst. ' +
    `\`panel04-auc\`: ${LICENSE_PAIRS} pairs of license checks, for a license of another panel and for a key that does not exist. ` +
    'Within a pair the order is drawn; one connection, one request at a time; the product as in production, answers compared to the byte.',
  async run(harness) {
    const servers = await openLicenseServers(harness, ['product'], LICENSES);
    await seedPeople(servers.ownerUrl);
    const connection = await openConnection(servers.ports.product);
    const ask: Ask = (request) =>
      new Promise((resolve, reject) => {
        const began = performance.now();
        connection.ask(request, (answer) => resolve({ ...answer, ms: performance.now() - began }), reject);
      });
    const [people, licenses]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      const signIn = await pairs(ask, PEOPLE, (n) => ({
        one: posted('/api/v2/sign-in', { email: emailOf(n), password: `wrong ${round}` }),
        other: posted('/api/v2/sign-in', { email: `${newId()}@example.com`, password: `wrong ${round}` }),
        status: 401,
      }));
      const signUp = await pairs(ask, PEOPLE, (n) => ({
        one: posted('/api/v2/sign-up', { ...newcomer, email: emailOf(n) }),
        other: posted('/api/v2/sign-up', { ...newcomer, email: `${newId()}@example.com` }),
        status: 202,
      }));
      const reset = await pairs(ask, PEOPLE, (n) => ({
        one: posted('/api/v2/password-reset', { email: emailOf(n) }),
        other: posted('/api/v2/password-reset', { email: `${newId()}@example.com` }),
        status: 202,
      }));
      const link = await pairs(ask, PEOPLE, (n) => ({
        one: posted('/api/v2/account-links', { token: usedLink(n), password: newcomer.password }),
        other: posted('/api/v2/account-links', {
          token: usedLink(-1 - n - round * PEOPLE * 2),
          password: newcomer.password,
        }),
        status: 404,
      }));
      const license = await pairs(ask, LICENSE_PAIRS, (n) => {
        const panel = n % PANELS;
        // A license of the panel after this one, and a number beyond the last.
        const foreign = ((Math.floor(n / PANELS) + round) % (LICENSES / PANELS)) * PANELS + ((panel + 1) % PANELS);
        const missing = LICENSES + round * (WARM_UP + LICENSE_PAIRS) + n;
        if (panelOf(foreign) === panel) throw new Error(`License ${foreign} is panel ${panel}'s own.`);
        return { one: questioned(panel, keyOf(foreign)), other: questioned(panel, keyOf(missing)), status: 200 };
      });
      harness.say(
        `round ${round + 1}: sign-in ${signIn.toFixed(3)}, sign-up ${signUp.toFixed(3)}, reset ${reset.toFixed(3)}, ` +
          `link ${link.toFixed(3)}, license ${license.toFixed(3)}`,
      );
      people.push(Math.max(signIn, signUp, reset, link));
      licenses.push(license);
    }
    connection.close();
    const figure = { unit: '', baseline: null, must: 0.55, aim: 0.53 };
    return [
      { ...figure, id: 'auth03-auc', rounds: people },
      { ...figure, id: 'panel04-auc', rounds: licenses },
    ];
  },
} satisfies Measure;

/** Both of each pair, in an order that is drawn, and how well their times tell them apart. */
async function pairs(
  ask: Ask,
  count: number,
  pair: (n: number) => { one: Buffer; other: Buffer; status: number },
): Promise<number> {
  const times: { one: number[]; other: number[] } = { one: [], other: [] };
  for (let n = 0; n < WARM_UP + count; n += 1) {
    const { status, ...requests } = pair(n);
    const bodies = new Set<string>();
    for (const which of randomBytes(1)[0]! % 2 === 0 ? (['one', 'other'] as const) : (['other', 'one'] as const)) {
      const answer = await ask(requests[which]);
      if (answer.status !== status)
        throw new Error(`Status ${answer.status} voids the run: ${answer.body.slice(0, 300)}`);
      bodies.add(withoutNonce(answer.body));
      if (n >= WARM_UP) times[which].push(answer.ms);
    }
    if (bodies.size > 1) throw new Error(`These answers tell by their text: ${[...bodies].join(' ')}`);
  }
  return tellApart(times.one, times.other);
}

/** What differs between any two answers. */
const withoutNonce = (body: string) => body.replace(/"(request_id|nonce)":"[^"]*"|"issued_at":\d+/g, '');

const newcomer = { password: 'correct horse battery staple', name: 'Ada', country: 'GB' };
const usedLink = (n: number) => sha256(`link of person ${n}`).toString('base64url');
const emailOf = (n: number) => `person-${n}@example.com`;

/** From a new address each time: guessing and signing up are limited by address, and that is not what is looked at. */
function posted(path: string, content: object): Buffer {
  const body = Buffer.from(JSON.stringify(content));
  const [a, b, c] = randomBytes(3);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: ${HOST}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n` +
      `x-forwarded-for: 10.${a}.${b}.${c}\r\n\r\n${body}`,
  );
}

const questioned = (panel: number, licenseKey: string) =>
  signedRequest({ panel, licenseKey, feature: FEATURES[0], host: HOST, nonce: randomBytes(16).toString('hex') });

/** People with a password; one hash serves all, as checking it costs the same. */
async function seedPeople(ownerUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const passwordHash = await hash(newId(), { memoryCost: 47_104, timeCost: 1, parallelism: 1 });
    for (let n = 0; n < WARM_UP + PEOPLE; n += 1) {
      const [customerId, userId] = [newId(), newId()];
      await client.query(
        `insert into customer (id, reference, email, name, country, created_at) values ($1, $2, $3, 'Ada', 'GB', now())`,
        [customerId, reference('C', customerId), emailOf(n)],
      );
      await client.query(
        `insert into user_account (id, kind, customer_id, email, name, password_hash, email_confirmed_at, created_at)
         values ($1, 'customer', $2, $3, 'Ada', $4, now(), now())`,
        [userId, customerId, emailOf(n), passwordHash],
      );
      await client.query(
        `insert into one_time_token (id, purpose, token_hash, user_id, created_at, expires_at, used_at)
         values ($1, 'password_reset', $2, $3, now(), now() + interval '1 day', now())`,
        [newId(), sha256(usedLink(n)), userId],
      );
    }
  } finally {
    await client.end();
  }
}
