/** How a command of this folder ends. */
export const EXIT = { done: 0, failed: 1, usage: 2, partly: 3, unreachable: 4 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES = `
Exit codes: 0 done, 1 failed or refused, 2 wrong use, 3 partly done, 4 the API or the database could not be reached.
Results go to stdout, everything else to stderr. With --json, stdout is one JSON value; of a failure, { "error": … }.
The API is the one \`npm start\` runs here, or HOSTWRIGHT_URL with a staff API key in HOSTWRIGHT_API_KEY.`;

export interface FailureDetails {
  exit?: Exit;
  /** What exactly is wrong, one line each. */
  lines?: string[];
  /** The API's id of the request, for whoever reads its log. */
  requestId?: string;
}

/**
 * What ends a command, in words for whoever ran it: what, where, what next.
 * @property code  stable, for programs; the API's own where it refused
 */
export class Failure extends Error {
  override readonly name: string = 'Failure';
  readonly code: string;
  readonly exit: Exit;
  readonly lines: string[];
  readonly requestId: string | undefined;

  constructor(code: string, message: string, { exit = EXIT.failed, lines = [], requestId }: FailureDetails = {}) {
    super(message);
    this.code = code;
    this.exit = exit;
    this.lines = lines;
    this.requestId = requestId;
  }
}

export const fileExists = (file: string, remedy = 'Name another file.'): Failure =>
  new Failure('file_exists', `There is already ${file}.`, { lines: [remedy] });

export const wrongUse = (message: string, lines: string[] = []): Failure =>
  new Failure('usage', message, { exit: EXIT.usage, lines });
