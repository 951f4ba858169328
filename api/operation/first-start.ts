import { readConfiguration } from '#domain/configuration/configuration.ts';
import { closeActing, openActing } from '#db/acting.ts';
import { createFirstStaff, createSetupToken } from '../people/auth/first-staff.ts';
import { databaseAddresses } from './database-addresses.ts';
import { createHashing } from '../people/auth/hashing.ts';

/**
 * Run once as a process of its own with the API's environment, after the migrations. Prints one line of JSON:
 * `{ email, password, apiKey }` the first time, `{}` ever after. In production no account is made for anybody;
 * there it is `{ setupToken, expiresAt }` for POST /api/v2/setup.
 */
const config = readConfiguration('api', process.env);
const orm = await openActing(databaseAddresses(config), 3);
try {
  const now = new Date();
  if (config.NODE_ENV === 'production') {
    const setup = await createSetupToken(orm, now);
    print(setup && { setupToken: setup.token, expiresAt: setup.expiresAt.toISOString() });
  } else {
    print(await createFirstStaff(orm, createHashing(), { email: 'admin@hostwright.localhost' }, now));
  }
} finally {
  await closeActing(orm);
}

function print(once: object | undefined): void {
  process.stdout.write(`${JSON.stringify(once ?? {})}\n`);
}
