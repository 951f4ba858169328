import { createReadStream } from 'node:fs';
import { wrongUse } from './failure.ts';

/**
 * The first line of a file, or of stdin for `-`: so that a secret need not stand in the shell's history.
 * @throws Failure when the file cannot be read
 */
export async function firstLineOf(file: string): Promise<string> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  let text = '';
  try {
    for await (const chunk of stream.setEncoding('utf8')) text += chunk as string;
  } catch (error) {
    throw wrongUse(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'it is no file'}.`);
  }
  return text.split('\n')[0]!.trim();
}
