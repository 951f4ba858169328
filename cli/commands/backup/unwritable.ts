import { Failure } from '../failure.ts';

/** Of the file system; what a connection says is another matter. Source: errno(3). */
const CODES = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'ENOTDIR',
  'EISDIR',
  'ENOENT',
  'EBUSY',
]);

/** @throws Failure in place of an error that says a place cannot be written to, or is full */
export async function orUnwritable<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    if (!CODES.has(code)) throw error;
    throw new Failure('not_written', `${place} cannot be written: ${message}.`, {
      lines: [
        code === 'EBUSY'
          ? 'It is where something is mounted: name a folder in it.'
          : 'See that the folder is there, is open to whoever runs this, and has room.',
      ],
    });
  }
}
