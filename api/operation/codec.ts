import { z } from '@hono/zod-openapi';
import type { Payload } from '@temporalio/common';
import { createPayloadCodec, type OpenedPayload } from '#temporal-config/payload-codec.ts';
import type { ApiContext, Parts } from '../http/context.ts';
import { json } from '../contracts/common.ts';
import type { Identified } from '../http/middleware/gate.ts';
import { requirePermission } from '../http/middleware/gate.ts';
import { notFound, Problem } from '../http/problem.ts';
import { explainReading, explainUnread } from './payload-readings.ts';
import { sameSecret } from '../people/auth/tokens.ts';
import { createRoute, router } from '../http/router.ts';

/** As the Temporal UI and CLI send and expect them: bytes in base64. */
const Payloads = z
  .strictObject({
    payloads: z
      .array(
        z.strictObject({
          metadata: z.record(z.string().max(100), z.base64()).optional(),
          data: z.base64().optional(),
          externalPayloads: z.array(z.unknown()).max(0).optional(),
        }),
      )
      .max(1_000),
  })
  .meta({ id: 'Payloads' });
type Wire = z.infer<typeof Payloads>;

const fromWire = ({ payloads }: Wire): Payload[] =>
  payloads.map(({ metadata = {}, data = '' }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: Buffer.from(data, 'base64'),
  }));
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const toWire = (payloads: Payload[]): Wire => ({
  payloads: payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
    data: base64(data ?? new Uint8Array()),
  })),
});

/** Histories are larger than requests of people. */
const BODY_LIMIT = 4 * 1024 * 1024;
const Path = z.object({ token: z.string().max(200) });
const preflight = createRoute({
  method: 'options',
  path: '/temporal/codec/{token}/{what}',
  tags: ['Operation'],
  summary: 'Lets the Temporal UI ask',
  access: { actor: 'machine' },
  request: { params: Path.extend({ what: z.enum(['decode', 'encode']) }) },
  responses: { 204: { description: 'It may' } },
});

/**
 * Lets the Temporal UI show what histories hold (temporal.md 5.4). In the sandbox the UI's address carries
 * CODEC_UI_TOKEN; elsewhere the path says `session` and the browser's staff session must allow `workflows.read`.
 */
export function codecRoutes(
  { config, orm }: Pick<Parts, 'config' | 'orm'>,
  identify: (c: ApiContext) => Promise<Identified | undefined>,
) {
  const codec = createPayloadCodec(config.TEMPORAL_PAYLOAD_KEYS);
  const uiOrigin = config.TEMPORAL_UI_URL && new URL(config.TEMPORAL_UI_URL).origin;

  const allowOrigin = (c: ApiContext): void => {
    c.header('vary', 'Origin');
    const origin = c.req.header('origin');
    if (origin === undefined) return;
    if (origin !== uiOrigin) throw new Problem(403, 'cross_site', 'Only the Temporal UI of TEMPORAL_UI_URL may ask.');
    c.header('access-control-allow-origin', origin);
    c.header('access-control-allow-credentials', 'true');
    c.header('cross-origin-resource-policy', 'cross-origin');
  };

  const prove = async (c: ApiContext): Promise<void> => {
    const token = c.req.param('token') ?? '';
    allowOrigin(c);
    if (config.CODEC_UI_TOKEN && sameSecret(token, config.CODEC_UI_TOKEN)) return;
    if (token !== 'session') throw notFound('codec endpoint');
    const who = await identify(c);
    if (who?.actor.type !== 'staff') throw new Problem(401, 'not_signed_in', 'Sign in as staff first.');
    // A browser sends its cookie to whoever asks; only the UI's pages may make use of it.
    if (who.by === 'cookie' && c.req.header('origin') !== uiOrigin) {
      throw new Problem(403, 'cross_site', 'Only the Temporal UI of TEMPORAL_UI_URL may ask.');
    }
    requirePermission(who.actor, 'workflows.read');
    c.set('actor', who.actor);
  };

  const shared = {
    prove,
    method: 'post' as const,
    tags: ['Operation'],
    // The route proves its caller itself: the sandbox token in the path, or the session of staff.
    access: { actor: 'machine' as const },
    bodyLimit: BODY_LIMIT,
    request: { params: Path, body: { required: true, content: json(Payloads) } },
    responses: { 200: { description: 'The payloads, in the same order', content: json(Payloads) } },
  };
  const decode = createRoute({
    ...shared,
    path: '/temporal/codec/{token}/decode',
    summary: 'Read payloads of a history',
  });
  const encode = createRoute({
    ...shared,
    path: '/temporal/codec/{token}/encode',
    summary: 'Encrypt what is typed into the Temporal UI',
  });

  /** Opened first, written down next, shown last. */
  const opened = async (c: ApiContext, payloads: Payload[]): Promise<Payload[]> => {
    let found: OpenedPayload[];
    try {
      found = codec.open(payloads);
    } catch (error) {
      await explainUnread(orm, c, payloads.length, (error as Error).message);
      throw error;
    }
    await explainReading(orm, c, found);
    return found.map(({ payload }) => payload);
  };

  return router()
    .openapi(decode, async (c) => {
      return c.json(toWire(await opened(c, fromWire(c.req.valid('json')))), 200);
    })
    .openapi(encode, async (c) => {
      return c.json(toWire(await codec.encode(fromWire(c.req.valid('json')))), 200);
    })
    .openapi(preflight, (c) => {
      allowOrigin(c);
      c.header('access-control-allow-methods', 'POST, OPTIONS');
      c.header('access-control-allow-headers', 'content-type, x-namespace, authorization, authorization-extras');
      c.header('access-control-max-age', '600');
      return c.body(null, 204);
    });
}
