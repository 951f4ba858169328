import { confirm, isCancel, password, select, text } from '@clack/prompts';
import { Failure } from './failure.ts';

/** Questions stand on stderr, like everything that is no result. */
const output = process.stderr;

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new Failure('given_up', 'Nothing was done.');
  return answer as Exclude<T, symbol>;
}

/** @param check  says what is wrong with an answer; undefined is fine */
export const askLine = async ({
  message,
  placeholder,
  check,
}: {
  message: string;
  placeholder?: string | undefined;
  check?: (answer: string) => string | undefined;
}): Promise<string> =>
  answered(
    await text({
      message,
      ...(placeholder !== undefined && { placeholder }),
      output,
      validate: (answer = '') => (answer.trim() === '' ? 'This is needed.' : check?.(answer.trim())),
    }),
  ).trim();

/** Shown as dots, and kept by nobody. */
export const askSecret = async (message: string): Promise<string> =>
  answered(
    await password({ message, output, validate: (answer = '') => (answer === '' ? 'This is needed.' : undefined) }),
  );

export const askChoice = async (
  message: string,
  options: { value: string; label: string; hint?: string }[],
): Promise<string> => answered(await select({ message, options, output }));

export const askYes = async (message: string): Promise<boolean> => answered(await confirm({ message, output }));
