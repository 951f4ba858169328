/** What stops a command and a person can mend: what it is, what was tried, and the ways out. */
export class Problem extends Error {
  readonly tried: string[];
  readonly waysOut: string[];

  constructor(message: string, { tried = [], waysOut = [] }: { tried?: string[]; waysOut?: string[] } = {}) {
    super(message);
    this.name = 'Problem';
    this.tried = tried;
    this.waysOut = waysOut;
  }
}

/** The problem as it is printed; of an error nobody foresaw, its stack. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const list = (title: string, lines: string[]) =>
    lines.length > 0 ? ['', title, ...lines.map((l) => `  - ${l}`)] : [];
  return [error.message, ...list('Tried:', error.tried), ...list('Ways out:', error.waysOut)].join('\n');
}
