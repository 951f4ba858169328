/** A running NextPanel and adapters on it, for the tests of this folder. */
import { afterEach, beforeEach } from '@jest/globals';
import { listen, type RunningSimulator } from '#activities/simulation/simulator.ts';
import { createNextPanel, type NextPanelConfig } from '../adapter.ts';
import { createNextPanelSimulator, type NextPanelSimulator } from '../simulator/simulator.ts';

export const KEY = { key_id: 'npk_adapter-test', key_secret: 'nps_adapter-test-secret' };
export let simulator: NextPanelSimulator;
export let server: RunningSimulator;

beforeEach(async () => {
  simulator = createNextPanelSimulator({ keys: [KEY] });
  server = await listen(simulator.app);
});
afterEach(() => server.close());

export const panel = (change: Partial<NextPanelConfig> = {}) =>
  createNextPanel({
    node: 'ams-1',
    baseURL: server.url,
    apiKey: KEY.key_id,
    apiSecret: KEY.key_secret,
    ...change,
  });

/** An adapter whose panel answers every call like this, and what it was asked. */
export function answering(status: number, body: unknown, change: Partial<NextPanelConfig> = {}) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetch = (url: string | URL | Request, init: RequestInit = {}) => {
    asked.push({ url: String(url), init });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const listing = init.method === 'GET' && String(url).endsWith('/accounts');
    return Promise.resolve(new Response(listing ? '[]' : text, { status: listing ? 200 : status }));
  };
  return { panel: panel({ fetch, ...change }), asked };
}

export const failure = async (work: Promise<unknown>): Promise<{ name: string; message: string }> => {
  try {
    await work;
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
  throw new Error('It did not fail.');
};
