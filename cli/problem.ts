/** What stops a command and a person can mend: what it is, what was tried, and the ways out. */
export class Problem extends Error {
  readonly tried: string[];
  readonly log: string[];
  readonly waysOut: string[];

  /** @param details  `log`: the last lines of whatever did not work */
  constructor(message: string, details: { tried?: string[]; log?: string[]; waysOut?: string[] } = {}) {
    super(message);
    this.name = 'Problem';
    this.tried = details.tried ?? [];
    this.log = details.log ?? [];
    this.waysOut = details.waysOut ?? [];
  }
}

/** The problem as it is printed; of an error nobody foresaw, its stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const list = (title: string, lines: string[], mark: string) =>
    lines.length > 0 ? ['', title, ...lines.map((line) => `  ${mark}${line}`)] : [];
  return [
    error.message,
    ...list('Tried:', error.tried, '- '),
    ...list('Its last lines:', error.log, '| '),
    ...list('Ways out:', error.waysOut, '- '),
  ].join('\n');
}
