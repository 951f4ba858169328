import { describeInstant } from '#domain/calendar/civil-dates.ts';
import { styleText } from 'node:util';
import type { Failure } from './failure.ts';

/** Where a command speaks: results for programs or people on stdout, everything else on stderr. */
export interface Output {
  json: boolean;
  /** What happens meanwhile, and what to do next. */
  say(line: string): void;
  /** A part of the result that people see at once; programs get it in the whole. */
  part(line: string): void;
  /** The result, once: as JSON, or as lines for people. */
  result(value: unknown, lines: string[]): void;
  failed(failure: Failure): void;
}

type Stream = Pick<NodeJS.WriteStream, 'write'>;

export function createOutput(json: boolean, out: Stream = process.stdout, err: Stream = process.stderr): Output {
  const say = (line: string) => void err.write(`${line}\n`);
  return {
    json,
    say,
    part: (line) => (json ? say(line) : void out.write(`${line}\n`)),
    result(value, lines) {
      out.write(json ? `${JSON.stringify(value, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''));
    },
    failed({ code, message, lines, requestId }) {
      const error = { code, detail: message, lines, request_id: requestId ?? null };
      if (json) out.write(`${JSON.stringify({ error }, null, 2)}\n`);
      say(message);
      for (const line of lines) say(`  - ${line}`);
      if (requestId) say(`  (request ${requestId})`);
    },
  };
}

/** Columns as wide as their widest cell, two spaces apart. */
export function table(head: string[], rows: string[][]): string[] {
  const width = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => cell.padEnd(width[i]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Colours only where stdout shows them. */
export const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
  styleText(format, text, { stream: process.stdout });

const MARKS = { yes: ['green', '✓'], no: ['red', '✗'], open: ['dim', '·'] } as const;
export const mark = (passed: boolean | null): string => {
  const [color, sign] = MARKS[passed === null ? 'open' : passed ? 'yes' : 'no'];
  return paint(color, sign);
};

/** An instant as the API gives it, as people read it. */
export const instantText = (at: string): string => describeInstant(new Date(at));

/** `Ines Moreau #17`: two customers may have one name. */
export const customerText = ({ name, number }: { name: string; number: number }): string => `${name} #${number}`;
