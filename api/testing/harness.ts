import { randomBytes } from 'node:crypto';
import { newId, reference } from '#domain/ids.ts';
import { onCommands } from '#db/messages/outbox.ts';
import { createSealer } from '#db/secrets/seal.ts';
import type { TestDatabase } from '#db/testing/database.ts';
import { readConfiguration } from '#domain/configuration/configuration.ts';
import { createApp } from '../app.ts';
import { createApiKey } from '../people/auth/api-keys.ts';
import { createHashing } from '../people/auth/hashing.ts';
import { LIFETIMES } from '../people/auth/sessions.ts';
import { newToken, tokenHash } from '../people/auth/tokens.ts';
import type { Parts } from '../http/context.ts';
import { createLog } from '../operation/log.ts';
import { createCsrf } from '../http/middleware/csrf.ts';
import { createLimiter } from '../http/middleware/limiter.ts';
import { originsOf } from '../http/middleware/origins.ts';
import type { Role } from '../people/auth/permissions.ts';
import type { Temporal } from '../messages/temporal.ts';
import { asStaff } from '#db/acting.ts';

const base64 = () => randomBytes(32).toString('base64');
/** Of a password nobody knows. */
const NO_PASSWORD = '$argon2id$v=19$m=47104,t=1,p=1$fn7Fv74mzeGN3GSX/oFhzA$c2n8aNM2fuMH2F4pBe+PhX/Fh6tbaUzzFNTMG8LcUEw';
export const TEST_ORIGIN = 'https://portal.test';

/** A whole configuration for tests: nothing listens, nobody is called. */
export const testConfiguration = (db: TestDatabase, env: Record<string, string> = {}) =>
  readConfiguration('api', {
    NODE_ENV: 'test',
    DATABASE_API_URL: db.url('api'),
    DATABASE_LICENSE_URL: db.url('license'),
    TEMPORAL_PAYLOAD_KEYS: `test:${base64()}`,
    SEAL_KEYS: `test:${base64()}`,
    LICENSE_PEPPER: base64(),
    SESSION_SECRET: base64(),
    PUBLIC_URL: TEST_ORIGIN,
    UI_DIR: '/nonexistent',
    ...env,
  });

/** A Temporal that is away, unless a test says what it answers. */
export const fakeTemporal = (answers: Partial<Temporal> = {}): Temporal => {
  const away = () => Promise.reject(new Error('Temporal is not part of this test'));
  return {
    start: away,
    signal: away,
    resolveIncident: away,
    executeActivity: away,
    ping: away,
    close: async () => {},
    ...answers,
  };
};

export interface TestSession {
  userId: string;
  customerId: string;
  /** Headers of a browser with this session, on our page. */
  headers: Record<string, string>;
}

export interface TestApiOptions {
  env?: Record<string, string>;
  temporal?: Partial<Temporal>;
  /** Multiplies the request limits; so high unless told that tests never meet them. */
  limitFactor?: number;
  clock?: () => Date;
  poolMax?: number;
}

/** The whole API over a test's database, asked without a network. */
export async function createTestApi(db: TestDatabase, options: TestApiOptions = {}) {
  const config = testConfiguration(db, options.env);
  const orm = await db.acting(options.poolMax ?? 10);
  const logged: Record<string, unknown>[] = [];
  const kicks = { count: 0 };
  onCommands(orm.api, () => void (kicks.count += 1));
  const parts: Parts = {
    config,
    orm,
    sealer: createSealer(config.SEAL_KEYS),
    temporal: fakeTemporal(options.temporal),
    limiter: createLimiter({ factor: options.limitFactor ?? 1_000 }),
    clock: options.clock ?? (() => new Date()),
    log: createLog('debug', { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) }),
  };
  const hashing = createHashing();
  const { app, routes } = createApp({ ...parts, hashing });
  const csrf = createCsrf(config.SESSION_SECRET, originsOf(config.PUBLIC_URL));

  const session = async (userId: string, customerId: string, kind: 'customer' | 'staff'): Promise<TestSession> => {
    const [id, token, now] = [newId(), newToken(), parts.clock()];
    const until = new Date(now.getTime() + LIFETIMES[kind].idleMs);
    await db.sql(
      `insert into session (id, token_hash, user_id, created_at, last_seen_at, authenticated_at, idle_until, expires_at, without_second_factor)
       values ($1, $2, $3, $4, $4, $4, $5, $5, true)`,
      [id, tokenHash(token), userId, now, until],
    );
    return {
      userId,
      customerId,
      headers: {
        cookie: `__Host-sid=${token}`,
        origin: new URL(config.PUBLIC_URL).origin,
        'x-csrf-token': csrf.tokenOf(id),
      },
    };
  };

  return {
    app,
    routes,
    parts,
    hashing,
    /** What was logged, line by line. */
    logged,
    /** How often commands were committed, which has the relay send them. */
    kicks,
    /**
     * Asks as a client at an address.
     * @param body  sent as JSON
     */
    async ask(
      method: string,
      path: string,
      {
        body,
        headers = {},
        from = '203.0.113.7',
      }: { body?: unknown; headers?: Record<string, string>; from?: string } = {},
      // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
    ): Promise<{ status: number; headers: Headers; json: any; text: string }> {
      const text = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body);
      const response = await app.request(
        `${new URL(config.PUBLIC_URL).origin}${path}`,
        {
          method,
          headers: {
            host: new URL(config.PUBLIC_URL).host,
            ...(text !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(text !== undefined && { body: text }),
        },
        { incoming: { socket: { remoteAddress: from } } },
      );
      const answer = await response.text();
      const isJson = /json/.test(response.headers.get('content-type') ?? '');
      return {
        status: response.status,
        headers: response.headers,
        json: isJson ? JSON.parse(answer) : undefined,
        text: answer,
      };
    },
    /** A customer with a user who is signed in. */
    async asCustomer(email = `${newId()}@example.com`): Promise<TestSession> {
      const [customerId, userId] = [newId(), newId()];
      await db.sql(
        `insert into customer (id, reference, email, name, country, created_at) values ($1, $2, $3, 'Ada Lovelace', 'GB', now())`,
        [customerId, reference('C', customerId), email],
      );
      await db.sql(
        `insert into user_account (id, kind, customer_id, email, name, password_hash, email_confirmed_at, created_at) values ($1, 'customer', $2, $3, 'Ada Lovelace', $4, now(), now())`,
        [userId, customerId, email, NO_PASSWORD],
      );
      return session(userId, customerId, 'customer');
    },
    /** A staff user who is signed in. */
    async asStaff(role: Role = 'super_admin'): Promise<TestSession> {
      const userId = newId();
      await db.sql(
        `insert into user_account (id, kind, email, name, password_hash, role, email_confirmed_at, created_at) values ($1, 'staff', $2, 'Grace Hopper', $4, $3, now(), now())`,
        [userId, `${userId}@staff.example`, role, NO_PASSWORD],
      );
      return session(userId, '', 'staff');
    },
    /** An API key that acts for a staff user. */
    async asKey(
      userId: string,
      scopes: string[] = ['*'],
    ): Promise<{ id: string; key: string; headers: Record<string, string> }> {
      const made = await asStaff(orm, async (em) =>
        createApiKey(em, { name: 'test', scopes, allowedNetworks: [], userId, expiresAt: null }, parts.clock()),
      );
      return { ...made, headers: { authorization: `Bearer ${made.key}` } };
    },
  };
}
export type TestApi = Awaited<ReturnType<typeof createTestApi>>;
