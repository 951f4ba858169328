import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { connectionOf } from './connection.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const runsHere = () => {
  folder.write('running.json', JSON.stringify({ addresses: { portal: 'http://localhost:3000/' } }));
  folder.write('staff.json', JSON.stringify({ email: 'a@b.example', apiKey: 'hw_here' }), 0o600);
};
const connect = (env: Record<string, string>) => connectionOf(env, folder.path);
const failure = (env: Record<string, string>) => {
  try {
    connect(env);
  } catch (error) {
    return error as { code: string; exit: number; message: string };
  }
  throw new Error('It connected.');
};

describe('where a command goes', () => {
  it('is what npm start runs here', () => {
    runsHere();
    expect(connect({})).toEqual({ url: 'http://localhost:3000', key: 'hw_here' });
  });

  it('is what the environment says, with the key it says', () => {
    runsHere();
    const env = { HOSTWRIGHT_URL: 'https://portal.example/', HOSTWRIGHT_API_KEY: 'hw_mine' };
    expect(connect(env)).toEqual({ url: 'https://portal.example', key: 'hw_mine' });
    expect(connect({ HOSTWRIGHT_API_KEY: 'hw_mine' })).toEqual({ url: 'http://localhost:3000', key: 'hw_mine' });
  });

  it('SECR-03: never takes the key of this machine to another address', () => {
    runsHere();
    expect(failure({ HOSTWRIGHT_URL: 'https://portal.example' })).toMatchObject({ code: 'usage', exit: 2 });
  });

  it('SECR-07: never sends a key in the clear to another machine', () => {
    const env = { HOSTWRIGHT_URL: 'http://portal.example', HOSTWRIGHT_API_KEY: 'hw_mine' };
    expect(failure(env)).toMatchObject({ exit: 2, message: expect.stringContaining('in the clear') });
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect(connect({ ...env, HOSTWRIGHT_URL: `http://${host}:3000` }).url).toBe(`http://${host}:3000`);
    }
  });

  it('is nowhere when nothing runs here: 4, and how to go on', () => {
    expect(failure({})).toMatchObject({ code: 'not_running', exit: 4 });
  });

  it.each(['portal.example', 'ftp://portal.example', ''])('is no address: "%s"', (url) => {
    expect(failure({ HOSTWRIGHT_URL: url, HOSTWRIGHT_API_KEY: 'x' }).exit).toBe(url === '' ? 4 : 2);
  });
});
