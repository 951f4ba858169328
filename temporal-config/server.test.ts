import { describe, expect, it } from '@jest/globals';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';
import { devServerArguments, devServerSettings } from './server.ts';

const PORTS = { port: 7233, httpPort: 7243 };
/** The values of a flag, in order. */
const flag = (args: string[], name: string) => args.flatMap((each, index) => (each === name ? [args[index + 1]] : []));

describe('the development server', () => {
  it('OPS-01: listens on loopback only, its pages too', () => {
    const args = devServerArguments({ ...PORTS, uiPort: 8233, virtualTime: true });
    expect(flag(args, '--ip')).toEqual(['127.0.0.1']);
    expect(flag(args, '--ui-ip')).toEqual(['127.0.0.1']);
  });

  it('has our namespace and every search attribute that the workflows set', () => {
    const args = devServerArguments({ ...PORTS, virtualTime: true });
    expect(flag(args, '--namespace')).toEqual(['hostwright']);
    expect(flag(args, '--search-attribute')).toEqual(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => `${name}=${type}`),
    );
    expect(flag(args, '--search-attribute')).toContain('NextActionAt=Datetime');
  });

  it('skips time only where it is told to', () => {
    const settings = (virtualTime: boolean) =>
      flag(devServerArguments({ ...PORTS, virtualTime }), '--dynamic-config-value').join(' ');
    expect(settings(true)).toContain('frontend.WorkflowTimeSkippingEnabled=true');
    expect(settings(true)).toContain('history.timerProcessorMaxTimeShift="1ms"');
    expect(settings(true)).toContain('history.workflowIdReuseMinimalInterval="0s"');
    expect(settings(false)).not.toMatch(/TimeSkipping|ProcessorMaxTimeShift|MinimalInterval/);
  });

  it('has what nobody else should read in a file, not in its arguments', () => {
    const args = devServerArguments({ ...PORTS, uiPort: 8233, settingsFile: '/data/settings.yaml', virtualTime: true });
    expect([flag(args, '--env'), flag(args, '--env-file')]).toEqual([['hostwright'], ['/data/settings.yaml']]);
    const codecEndpoint = 'http://localhost:3000/temporal/codec/token';
    expect(JSON.parse(devServerSettings({ codecEndpoint }))).toEqual({
      env: { hostwright: { 'ui-codec-endpoint': codecEndpoint } },
    });
  });

  it('keeps its state in a file with write-ahead logging, or nowhere', () => {
    const kept = devServerArguments({ ...PORTS, file: '/data/server.db', virtualTime: true });
    expect(flag(kept, '--db-filename')).toEqual(['/data/server.db']);
    expect(flag(kept, '--sqlite-pragma')).toEqual(['journal_mode=WAL', 'synchronous=1']);
    expect(devServerArguments({ ...PORTS, virtualTime: true })).toContain('--headless');
  });
});
