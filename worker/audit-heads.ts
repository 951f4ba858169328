import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { chainHead } from '#db/audit/chain.ts';
import { createHeadSigner, type HeadSigner, type SignedHead } from '#db/audit/heads.ts';
import type { Orm } from '#db/orm.ts';
import { startLoop, type Loop, type Wait } from './loop.ts';
import type { WorkerConfiguration } from '#domain/configuration/configuration.ts';

/** A tail that is cut before its head was kept does not show, so this is more often than the day that is demanded. */
const EVERY_MS = 3_600_000;
const AGAIN_MS = 60_000;

const OFF =
  'no heads of the audit are kept outside the database, so a tail that is cut or an old copy would not show: set AUDIT_HEADS_FILE and AUDIT_HEAD_KEY';

export interface HeadExport {
  /** Outside the database, and best on another machine: lines of JSON, only ever added to. */
  file: string;
  signer: HeadSigner;
}

/**
 * Where heads are kept, and by whom they are signed; nothing where both are left out, with a warning in production.
 * @throws Error when only one of the two is set
 */
export function headExportOf(
  config: Pick<WorkerConfiguration, 'NODE_ENV' | 'AUDIT_HEADS_FILE' | 'AUDIT_HEAD_KEY'>,
  log: Logger,
): HeadExport | undefined {
  const { AUDIT_HEADS_FILE: file, AUDIT_HEAD_KEY: key } = config;
  if (!file && !key) {
    if (config.NODE_ENV === 'production') log.warn(OFF);
    return undefined;
  }
  if (file && key) return { file, signer: createHeadSigner(key) };
  const [there, missing] = file ? ['AUDIT_HEADS_FILE', 'AUDIT_HEAD_KEY'] : ['AUDIT_HEAD_KEY', 'AUDIT_HEADS_FILE'];
  throw new Error(`${there} is set and ${missing} is not: set both to keep heads of the audit, or neither.`);
}

/** Keeps the head of the audit chain at once and each hour. When it cannot, it says so and tries each minute. */
export function startHeadExport(
  orm: Orm,
  log: Logger,
  { file, signer }: HeadExport,
  { clock = () => new Date(), wait }: { clock?: () => Date; wait?: Wait } = {},
): Loop {
  log.info({ file }, 'signed heads of the audit are kept; hostwright audit key says what verifies them');
  return startLoop(async () => {
    try {
      await append(file, signer.sign(await chainHead(orm.em.fork()), clock()));
      return EVERY_MS;
    } catch (error) {
      log.error({ error: String(error), file }, 'the head of the audit could not be kept; it is tried again');
      return AGAIN_MS;
    }
  }, wait);
}

/** One line in one write, and on the disk when it returns. */
async function append(file: string, head: SignedHead): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o640);
  try {
    await handle.appendFile(`${JSON.stringify(head)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
