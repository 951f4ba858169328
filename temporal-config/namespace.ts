import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { Problem } from '#cli/problem.ts';
import { NAMESPACE, SEARCH_ATTRIBUTES, type SearchAttributeTypeName } from './search-attributes.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const TYPES = {
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} satisfies Record<SearchAttributeTypeName, number>;

/** Closed runs stay visible this long; what the business must remember is in PostgreSQL. */
const RETENTION = '30 days';
const ALREADY_EXISTS = 6;
const NOT_FOUND = 5;
const PROPAGATION_MS = 60_000;

/**
 * Registers our namespace and its search attributes at a server that was not started by us. Safe to run again;
 * an attribute that exists is left as it is. Run it before code that sets a new attribute.
 * @returns what was done, in sentences
 */
export async function ensureNamespace(env: Record<string, string | undefined>): Promise<string[]> {
  const namespace = env.TEMPORAL_NAMESPACE ?? NAMESPACE;
  const connection = await connect(env);
  try {
    const done = (await registerNamespace(connection, namespace)) ? [`registered the namespace ${namespace}`] : [];
    // A namespace is known to all parts of a cluster only after some seconds.
    const added = await patiently(() => addSearchAttributes(connection, namespace));
    if (added.length > 0) done.push(`added the search attributes ${added.join(', ')}`);
    return done.length > 0 ? done : [`${namespace} has all it needs`];
  } finally {
    await connection.close();
  }
}

async function connect(env: Record<string, string | undefined>): Promise<Connection> {
  const address = env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233';
  try {
    return await Connection.connect({
      address,
      ...(env.TEMPORAL_API_KEY ? { apiKey: env.TEMPORAL_API_KEY } : {}),
      ...(env.TEMPORAL_TLS === 'true' ? { tls: true } : {}),
    });
  } catch (error) {
    throw new Problem(`Temporal at ${address} does not answer: ${(error as Error).message}.`, {
      waysOut: [
        'See that it runs, and that TEMPORAL_ADDRESS, TEMPORAL_TLS and TEMPORAL_API_KEY are right.',
        'Or leave TEMPORAL_ADDRESS away: then a server comes along.',
      ],
    });
  }
}

async function registerNamespace(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs(RETENTION),
    });
    return true;
  } catch (error) {
    if (code(error) === ALREADY_EXISTS) return false;
    throw error;
  }
}

async function addSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !(name in customAttributes));
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  }
  return missing.map(([name]) => name);
}

async function patiently<T>(run: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + PROPAGATION_MS; ;) {
    try {
      return await run();
    } catch (error) {
      if (code(error) !== NOT_FOUND || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

const code = (error: unknown): number | undefined => (error as { code?: number }).code;
