import { styleText } from 'node:util';

export interface Step {
  /** What is being done now, printed at once: for what takes long, with how long it usually takes. */
  note(text: string): void;
  /** What the line says when the step is done. */
  detail(text: string): void;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const NAME_WIDTH = 12;
const DETAIL_WIDTH = 64;
/** Where nobody sees the moving line, a slow step says now and then that it is still at it. */
const STILL_MS = 60_000;

/** The list that grows while things start: one line per finished step, with its time. Works without a terminal. */
export function createProgress(out: NodeJS.WriteStream = process.stdout) {
  const underWay = new Map<string, number>();
  const paint = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text, { stream: out });
  const tty = Boolean(out.isTTY);

  const wipe = () => void (tty && out.write('\r\u001b[K'));
  const line = (text = '') => {
    wipe();
    out.write(`${text}\n`);
    tick();
  };
  const item = (mark: string, name: string, text: string, time = '') =>
    line(
      `  ${mark} ${name.padEnd(NAME_WIDTH)} ${time ? text.padEnd(DETAIL_WIDTH) : text} ${paint('dim', time)}`.trimEnd(),
    );

  const tick = () => {
    if (!tty || underWay.size === 0) return;
    const waiting = [...underWay].map(([name, since]) => `${name} ${Math.round((Date.now() - since) / 1000)} s`);
    const text = `  … ${waiting.join(', ')}`.slice(0, (out.columns ?? 80) - 1);
    out.write(`\r\u001b[K${paint('dim', text)}`);
  };
  const still = () => {
    for (const [name, since] of underWay) {
      if (Date.now() - since >= STILL_MS)
        item('…', name, `still at it after ${Math.round((Date.now() - since) / 1000)} s`);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const begin = (name: string) => {
    underWay.set(name, Date.now());
    timer ??= setInterval(tty ? tick : still, tty ? 1_000 : STILL_MS).unref();
  };
  const end = (name: string) => {
    underWay.delete(name);
    if (underWay.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    wipe();
  };

  return {
    line,
    title: (text: string) => line(paint('bold', text)),
    /** Something happened that a person should see, though nothing has to be done. */
    warn: (name: string, text: string) => item(paint('yellow', '!'), name, text),
    /** @param time  as it is to be shown, such as `1.2 s` */
    good: (name: string, text: string, time = '') => item(paint('green', '✓'), name, text, time),
    /** @param time  as it is to be shown */
    bad: (name: string, text: string, time = '') => item(paint('red', '✗'), name, text, time),
    /** Runs a step and prints its line; a step that fails prints that, and throws on. */
    async step<T>(name: string, run: (step: Step) => Promise<T>): Promise<T> {
      const since = Date.now();
      let done = '';
      begin(name);
      try {
        const result = await run({ note: (text) => item('…', name, text), detail: (text) => void (done = text) });
        end(name);
        item(paint('green', '✓'), name, done, seconds(Date.now() - since));
        return result;
      } catch (error) {
        end(name);
        // What was only in the way of stopping has not failed.
        if ((error as Error).name !== 'Stopping')
          item(paint('red', '✗'), name, 'did not work', seconds(Date.now() - since));
        throw error;
      }
    },
  };
}
export type Progress = ReturnType<typeof createProgress>;
