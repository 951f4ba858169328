import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrm } from '#db/orm.ts';
import { createTestDatabase, type TestDatabase } from '#db/testing/database.ts';
import { assertSafeStart } from './start-check.ts';
import { testConfiguration } from '../testing/harness.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase('startcheck');
});
afterAll(() => db.drop());

const safe = { NODE_ENV: 'production', TRUSTED_PROXIES: '10.0.0.0/8' };

describe('AUTH-15: the start looks at its database roles', () => {
  it('takes the roles the migrations made', async () => {
    await expect(assertSafeStart(testConfiguration(db, safe), await db.acting(3), [])).resolves.toBeUndefined();
  });

  it('refuses the owner, and says all that is wrong at once', async () => {
    const owner = await openOrm(db.ownerUrl, 1);
    const config = testConfiguration(db, { ...safe, TRUSTED_PROXIES: '' });
    const refusal = assertSafeStart(config, { ...(await db.acting(3)), api: owner }, ['--inspect-brk']);
    await expect(refusal).rejects.toThrow(/DATABASE_API_URL signs in as \w+, which is a superuser/);
    await expect(refusal).rejects.toThrow(/TRUSTED_PROXIES is empty/);
    await expect(refusal).rejects.toThrow(/debugger/);
    await owner.close(true);
  });
});
