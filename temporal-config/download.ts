import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CLI_VERSION } from './cli-version.ts';
import { capture } from './run.ts';

const SITE = 'https://temporal.download/cli/archive';
const RELEASE = `https://github.com/temporalio/cli/releases/download/v${CLI_VERSION}`;
/** On a machine without internet this is over in a moment; on a bad line nobody waits a minute to learn it. */
const ANSWER_MS = 5_000;
const STALL_MS = 15_000;

/**
 * Fetches the archive of the pinned version for this platform, compares it with the checksum its release was
 * published with, and unpacks the program.
 * @param place  where the program shall be
 */
export async function downloadArchive(place: string, { note }: { note(text: string): void }): Promise<void> {
  const target = { platform: platform(), arch: arch() === 'x64' ? 'amd64' : arch() };
  const name = `temporal_cli_${CLI_VERSION}_${target.platform}_${target.arch}.tar.gz`;
  const answer = await ask(`${SITE}/v${CLI_VERSION}?platform=${target.platform}&arch=${target.arch}`);
  const checksum = await publishedChecksum(name);
  note(`downloading Temporal CLI ${CLI_VERSION} (about 60 MB), usually under a minute`);
  const folder = `${place}.unpacked`;
  const archive = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    await pipeline(Readable.fromWeb(answer.body!), stallGuard(), createWriteStream(archive));
    const found = await sha256(archive);
    if (found !== checksum) throw new Error(`the archive's SHA-256 is ${found}, published is ${checksum}`);
    await capture('tar', ['-xzf', archive, '-C', folder, 'temporal']);
    mkdirSync(dirname(place), { recursive: true });
    renameSync(join(folder, 'temporal'), place);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function publishedChecksum(name: string): Promise<string> {
  const list = await (await ask(`${RELEASE}/checksums.txt`)).text();
  const line = list.split('\n').find((each) => each.trim().endsWith(name));
  const checksum = line?.trim().split(/\s+/)[0];
  if (!checksum) throw new Error(`the release publishes no checksum of ${name}`);
  return checksum;
}

/** @throws Error saying which site did not answer, and how */
async function ask(url: string): Promise<Response> {
  const { host } = new URL(url);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ANSWER_MS);
  let answer: Response;
  try {
    answer = await fetch(url, { signal: late.signal });
  } catch (error) {
    const code = (error as { cause?: { code?: string } }).cause?.code;
    const how = late.signal.aborted
      ? `did not answer within ${ANSWER_MS / 1000} s`
      : `is out of reach (${code ?? error})`;
    throw new Error(`${host} ${how}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (!answer.ok) throw new Error(`${host} answers ${answer.status}`);
  return answer;
}

/** Breaks off a transfer that has stood still. */
function stallGuard(): Transform {
  let timer: NodeJS.Timeout;
  const stream = new Transform({
    transform(chunk, _encoding, done) {
      timer.refresh();
      done(null, chunk);
    },
    flush(done) {
      clearTimeout(timer);
      done();
    },
    destroy(error, done) {
      clearTimeout(timer);
      done(error);
    },
  });
  timer = setTimeout(() => stream.destroy(new Error(`nothing came for ${STALL_MS / 1000} s`)), STALL_MS);
  return stream;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
