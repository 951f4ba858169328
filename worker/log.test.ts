import { describe, expect, it } from '@jest/globals';
import { createLog, temporalLog } from './log.ts';

const lines = () => {
  const written: string[] = [];
  return { written, log: createLog('info', { write: (line) => void written.push(line) }) };
};
type Log = ReturnType<typeof lines>['log'];

const vendorSaid = () =>
  Object.assign(new Error('x', { cause: new Error('Bearer canary-0123456789') }), { token: 'canary' });

describe('the log of the worker', () => {
  it('LOG-01: one line per entry, in UTC, that says which process wrote it', () => {
    const { written, log } = lines();
    log.info('said\nthis');
    expect(written).toHaveLength(1);
    expect(JSON.parse(written[0]!)).toMatchObject({ process: 'worker', time: expect.stringMatching(/Z$/) });
  });

  it.each<[string, (log: Log) => void]>([
    ['a field', (log) => log.info({ apiSecret: 'canary' }, 'x')],
    ['the message', (log) => log.info('postgres://u:canary@h/d')],
    ['an error', (log) => log.error(new Error('Bearer canary-0123456789'))],
    ['the cause of an error in a field', (log) => log.warn({ err: vendorSaid() }, 'activity failed')],
    ['a message of Temporal', (log) => temporalLog(log).info('connects to postgres://u:canary@h/d')],
    ['a failure that Temporal tells of', (log) => temporalLog(log).warn('Activity failed', { error: vendorSaid() })],
    ['a line of Temporal’s core', (log) => temporalLog(log).log('ERROR', 'x', { authorization: 'canary' })],
  ])('LOG-02: a secret in %s is gone', (_, write) => {
    const { written, log } = lines();
    write(log);
    expect(written).toHaveLength(1);
    expect(written[0]).toContain('[redacted]');
    expect(written[0]).not.toContain('canary');
  });

  it.each([
    ['TRACE', undefined],
    ['DEBUG', undefined],
    ['INFO', 30],
    ['WARN', 40],
    ['ERROR', 50],
  ] as const)('a line of Temporal at %s keeps its level', (level, expected) => {
    const { written, log } = lines();
    temporalLog(log).log(level, 'said');
    expect(written.map((line) => JSON.parse(line).level)).toEqual(expected === undefined ? [] : [expected]);
  });
});
