import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { VARIABLES } from '#domain/configuration/configuration.ts';
import { configurationPage } from './configuration-page.ts';
import { ROOT } from '../root.ts';
import { environmentOf } from '../start/environment.ts';
import { PORTS } from '../start/processes/ports.ts';
import { openSecrets } from '../start/processes/secrets.ts';
import { temporaryFolder } from '../testing/folder.ts';

const page = configurationPage();
const row = (name: string) => page.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';

describe('docs/configuration.md', () => {
  it('is what cli/docs/configuration-page.ts prints', () => {
    expect(readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8')).toBe(page);
  });

  it('has a row for every variable, with who reads it', () => {
    for (const [name, { readers, says }] of Object.entries(VARIABLES)) {
      expect(row(name)).toContain(`| ${readers.join(', ')} |`);
      expect(row(name)).toContain(says);
    }
  });

  it('says what must be given, what it is otherwise, what is secret, and what may be written', () => {
    expect(row('PUBLIC_URL')).toMatch(/address \| \*\*required\*\*/);
    expect(row('API_PORT')).toMatch(/whole number, 0 to 65535 \| `3000`/);
    expect(row('LOG_LEVEL')).toContain('`debug` or `info` or `warn` or `error` | `info`');
    expect(row('SESSION_SECRET')).toMatch(/🔒.*at least 32 bytes in base64 \| \*\*required\*\*/);
    expect(row('TRUSTED_PROXIES')).toMatch(/text \| none/);
  });

  it('names the variables that nobody may set for npm start, and no others', () => {
    const folder = temporaryFolder();
    const settings = (own: Record<string, string>) => ({
      own,
      ports: { ...PORTS },
      secrets: openSecrets(folder.file('secrets.json')),
      data: '/data',
    });
    const deaf = Object.keys(VARIABLES).filter((name) => {
      const told = [
        environmentOf('api', settings({ [name]: 'theirs' })),
        environmentOf('worker', settings({ [name]: 'theirs' })),
      ];
      return told.every((environment) => environment[name] !== 'theirs');
    });
    folder.remove();
    const sentence = /except (.*), which only it can know/.exec(page)![1]!;
    expect([...sentence.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(deaf.sort());
  });
});
