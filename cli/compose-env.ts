import { randomBytes } from 'node:crypto';

const password = () => randomBytes(32).toString('hex');
const key = () => randomBytes(32).toString('base64');

/** What docker-compose.yml asks for that a machine can make up. */
const MADE: Record<string, () => string> = {
  POSTGRES_PASSWORD: password,
  TEMPORAL_DATABASE_PASSWORD: password,
  DATABASE_OWNER_PASSWORD: password,
  DATABASE_API_PASSWORD: password,
  DATABASE_LICENSE_PASSWORD: password,
  DATABASE_WORKER_PASSWORD: password,
  DATABASE_READONLY_PASSWORD: password,
  TEMPORAL_PAYLOAD_KEYS: () => `1:${key()}`,
  SEAL_KEYS: () => `1:${key()}`,
  AUDIT_HEAD_KEY: () => `1:${key()}`,
  LICENSE_PEPPER: key,
  SESSION_SECRET: key,
};

/** What only people know: without these it does not start. */
export const ASKED = ['PUBLIC_URL', 'SELLER_NAME', 'SELLER_EMAIL', 'SELLER_COUNTRY', 'SMTP_HOST', 'MAIL_FROM'];

/** A new `.env` beside docker-compose.yml: fresh secrets, and the names of what is still to be filled in. */
export function composeEnvironment(): string {
  return [
    '# Made for one machine. Keep it as safe as the database: with it, everything in the database can be read.',
    ...Object.entries(MADE).map(([name, make]) => `${name}=${make()}`),
    '',
    '# To be filled in; docs/configuration.md has these and all others.',
    ...ASKED.map((name) => `${name}=`),
    '',
    '# To whom back-ups are encrypted, age1…: `hostwright backup --make-key <file>` on a machine of yours makes the key.',
    '# BACKUP_RECIPIENT=',
    '',
  ].join('\n');
}
