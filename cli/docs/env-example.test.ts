import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readConfiguration, VARIABLES } from '#domain/configuration/configuration.ts';
import { ROOT } from '../root.ts';
import { envExample } from './env-example.ts';

const key = Buffer.alloc(32, 7).toString('base64');
/** What a person fills in. */
const FILLED_IN: Record<string, string> = {
  DATABASE_API_URL: 'postgres://hostwright_api:p@db.example/hostwright',
  DATABASE_LICENSE_URL: 'postgres://hostwright_license:p@db.example/hostwright',
  DATABASE_WORKER_URL: 'postgres://hostwright_worker:p@db.example/hostwright',
  TEMPORAL_PAYLOAD_KEYS: `1:${key}`,
  SEAL_KEYS: `1:${key}`,
  LICENSE_PEPPER: key,
  SESSION_SECRET: key,
  PUBLIC_URL: 'https://shop.example',
  SMTP_HOST: 'mail.shop.example',
};
const text = envExample();

describe('.env.example', () => {
  it('is what cli/docs/env-example.ts prints', () => {
    expect(readFileSync(join(ROOT, '.env.example'), 'utf8')).toBe(text);
  });

  it('has every variable once', () => {
    const named = [...text.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(VARIABLES));
  });

  it('asks for what is required, and for nothing else', () => {
    expect(Object.keys(parseEnv(text)).toSorted()).toEqual(Object.keys(FILLED_IN).toSorted());
    expect(Object.values(parseEnv(text)).filter(Boolean)).toEqual([]);
  });

  it.each(['api', 'worker'] as const)('is enough for the %s once it is filled in', (reader) => {
    const filledIn = text.replaceAll(/^([A-Z][A-Z0-9_]+)=$/gm, (_, name: string) => `${name}=${FILLED_IN[name]}`);
    expect(readConfiguration(reader, parseEnv(filledIn)).PUBLIC_URL).toBe('https://shop.example');
  });

  it('shows defaults that may be put to use as they stand', () => {
    const used = text.replaceAll(/^# ([A-Z][A-Z0-9_]+=)/gm, '$1');
    const environment = { ...parseEnv(used), ...FILLED_IN };
    expect(readConfiguration('api', environment)).toEqual(readConfiguration('api', FILLED_IN));
    expect(readConfiguration('worker', environment)).toEqual(readConfiguration('worker', FILLED_IN));
  });
});
