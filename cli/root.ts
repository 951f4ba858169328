import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project, without a closing slash. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** Where everything lives that this machine made: database, server state, secrets, logs. Deleting it starts over. */
export const DATA = process.env.HOSTWRIGHT_DATA ?? join(ROOT, '.data');

/** Version of the package. */
export const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
