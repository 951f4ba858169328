import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSecrets } from '#cli/start/processes/secrets.ts';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { databaseOf, settingOf } from './database.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** What `npm start` leaves behind. */
const runsHere = () => {
  folder.write('ports.json', JSON.stringify({ postgres: 15_999 }));
  return openSecrets(folder.file('secrets.json'));
};
const owner = (env: Record<string, string>) => databaseOf('DATABASE_OWNER_URL', env, folder.path);
const elsewhere = { DATABASE_OWNER_URL: 'postgres://me:mine@db.example/shop' };

describe('which database a command opens', () => {
  it('is the one npm start made here, with its keys', () => {
    const secrets = runsHere();
    const access = owner({});
    expect(access.url).toBe(`postgres://hostwright_owner:${secrets.databaseOwnerPassword}@127.0.0.1:15999/hostwright`);
    expect(access.where).toBe('hostwright at 127.0.0.1:15999');
    expect(access.setting('SEAL_KEYS')).toBe(`local:${secrets.sealingKey}`);
    expect(databaseOf('DATABASE_READONLY_URL', {}, folder.path).url).toContain('hostwright_readonly:');
    expect(settingOf('AUDIT_HEAD_KEY', {}, folder.path)).toBe(`local:${secrets.auditHeadKey}`);
  });

  it('has the keys that npm start was given, as npm start has them', () => {
    runsHere();
    expect(owner({ SEAL_KEYS: 'mine:x' }).setting('SEAL_KEYS')).toBe('mine:x');
  });

  it('SECR-02 is the one of the environment, and then a key made here is not tried on it', () => {
    runsHere();
    expect(owner(elsewhere).where).toBe('shop at db.example');
    expect(() => owner(elsewhere).setting('SEAL_KEYS')).toThrow(
      'SEAL_KEYS is not set: it belongs to DATABASE_OWNER_URL.',
    );
  });

  it('is asked for where there is none, and an address is never repeated', () => {
    expect(() => owner({})).toThrow('DATABASE_OWNER_URL is not set, and npm start made none here.');
    expect(() => owner({ DATABASE_OWNER_URL: 'hunter2' })).toThrow(/^DATABASE_OWNER_URL is not an address\.$/);
    expect(() => settingOf('AUDIT_HEAD_KEY', {}, folder.path)).toThrow('AUDIT_HEAD_KEY is not set');
  });
});
