import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { fileExists, wrongUse } from '#cli/commands/failure.ts';
import { writeWhole } from '#cli/start/files.ts';

const IDENTITY = /^AGE-SECRET-KEY-(1|PQ-1)[0-9A-Z]+$/;
const RECIPIENT = /^age1[0-9a-z]+$/;

/** Where an embedded installation keeps the pair that its first back-up made. */
export const keyFiles = (data: string): { identity: string; recipient: string } => ({
  identity: join(data, 'backup.key'),
  recipient: join(data, 'backup.recipient'),
});

/**
 * A new pair, its secret half into a file of its own, as `age-keygen` writes it.
 * @returns the public half, to which back-ups are encrypted
 */
export async function makeKey(file: string, asOf: Date): Promise<string> {
  if (existsSync(file)) throw fileExists(file);
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  writeWhole(file, `# created: ${asOf.toISOString()}\n# public key: ${recipient}\n${identity}\n`, 0o600);
  return recipient;
}

/** Recipients as people write them, several by comma. @throws Failure naming what is none */
export function parseRecipients(text: string, where: string): string[] {
  const recipients = text.split(/[\s,]+/).filter(Boolean);
  const wrong = recipients.find((each) => !RECIPIENT.test(each));
  // Whoever mixes the two up must not find the secret one in a log.
  if (wrong !== undefined) {
    throw wrongUse(`${where} is no recipient, which begins with age1.`, [
      'hostwright backup --make-key <file> makes one, and so does age-keygen.',
    ]);
  }
  return recipients;
}

/** The secret keys in a file as `age-keygen` writes it. @throws Failure when there is none */
export function parseIdentities(text: string, where: string): string[] {
  const identities = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => IDENTITY.test(line));
  if (identities.length === 0) {
    throw wrongUse(`${where} has no identity, a line that begins with AGE-SECRET-KEY-1.`);
  }
  return identities;
}

/** The pair of an embedded installation; the first back-up makes it. */
export async function embeddedRecipient(data: string, asOf: Date): Promise<{ recipient: string; made: boolean }> {
  const { identity, recipient: file } = keyFiles(data);
  if (existsSync(file)) return { recipient: parseRecipients(readFileSync(file, 'utf8'), file)[0]!, made: false };
  const made = !existsSync(identity);
  const recipient = made
    ? await makeKey(identity, asOf)
    : await identityToRecipient(parseIdentities(readFileSync(identity, 'utf8'), identity)[0]!);
  writeWhole(file, `${recipient}\n`);
  return { recipient, made };
}
