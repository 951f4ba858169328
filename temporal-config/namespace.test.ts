import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { ensureNamespace } from './namespace.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

const TEMPORAL_ADDRESS = process.env.HOSTWRIGHT_TEST_TEMPORAL;

describe('a server that is not ours', () => {
  it('gets the namespace with every search attribute, and the second time nothing', async () => {
    const env = { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE: `test-${randomUUID()}` };
    expect(await ensureNamespace(env)).toEqual([
      `registered the namespace ${env.TEMPORAL_NAMESPACE}`,
      `added the search attributes ${Object.keys(SEARCH_ATTRIBUTES).join(', ')}`,
    ]);
    expect(await ensureNamespace(env)).toEqual([`${env.TEMPORAL_NAMESPACE} has all it needs`]);
  });
});
