import type { Command } from 'commander';
import { z } from 'zod';
import { DATA } from '#cli/root.ts';
import { ask } from '../api.ts';
import { databaseOf, settingOf, withDatabase, type DatabaseAccess } from '../database.ts';
import { EXIT, Failure, wrongUse } from '../failure.ts';
import { runs, type Context } from '../run.ts';

interface VerifyOptions {
  heads?: string;
  key: string[];
}

interface EraseOptions {
  reason: string;
  yes?: boolean;
}

/** `hostwright audit`: `verify` ends with 1 when the chain is broken. */
export function auditCommand(program: Command): void {
  const audit = program.command('audit').description('the chain of audit entries');
  runs<[], VerifyOptions>(
    audit
      .command('verify')
      .description('check that no entry of the audit was changed or taken out')
      .option(
        '--heads <file>',
        'against the signed heads in it too, reading the database itself (DATABASE_READONLY_URL)',
      )
      .option('--key <public key>', 'who may have signed them, `<id>:<base64url>`; repeat it', addTo, []),
    verify,
  );
  runs(
    audit.command('key').description('print the public key that verifies signed heads (AUDIT_HEAD_KEY)'),
    async ({ output }) => {
      const { signerOf } = await import('./audit-heads.ts');
      const { publicKey } = signerOf(settingOf('AUDIT_HEAD_KEY', process.env, DATA));
      output.result({ public_key: publicKey }, [publicKey]);
      return EXIT.done;
    },
  );
  runs<[string], EraseOptions>(
    audit
      .command('erase')
      .description('take what is personal out of what the audit says about a customer (DATABASE_OWNER_URL)')
      .argument('<customer>', 'number or id')
      .requiredOption('--reason <text>', 'why; it stays in the audit, so name nobody')
      .option('--yes', 'do not ask: it cannot be undone'),
    erase,
  );
}

const addTo = (one: string, others: string[]): string[] => [...others, one];

async function verify({ api, output }: Context, { heads, key }: VerifyOptions) {
  if (!heads && key.length > 0) throw wrongUse('--key belongs to --heads: it verifies the signatures there.');
  const against = heads ? await (await import('./audit-heads.ts')).verifyAgainst(heads, key) : undefined;
  const verdict = against ?? (await ask(api().audit.verify.$get()));
  const { intact, entries, waiting, problems } = verdict;
  const size = `${entries} entries are chained, ${waiting} wait for the next round`;
  output.result(verdict, [
    `The audit is ${intact ? 'intact' : 'broken'}: ${size}.`,
    ...problems.map(({ seq, problem }) => `  ✗ ${seq === null ? 'chain' : `entry ${seq}`}: ${problem}`),
    ...(against?.heads.problems ?? []).map(({ line, problem }) => `  ✗ line ${line} of the heads ${problem}`),
    ...(intact && against?.heads.last ? [allIn(against.heads.good, against.heads.last)] : []),
  ]);
  if (!intact) output.say('Keep the database as it is, and compare it with a back-up made before the first break.');
  else if (!against)
    output.say('A tail that was cut, or an old copy, shows only against heads kept elsewhere: --heads.');
  return intact ? EXIT.done : EXIT.failed;
}

async function idOfNumber(access: DatabaseAccess, number: number): Promise<string> {
  const { queryOne, statement } = await import('#db/statements.ts');
  const byNumber = statement<{ id: string }>('customer_by_number', 'select id from customer where number = $number');
  const customer = await withDatabase(access, (orm) => queryOne(orm, byNumber, { number }));
  if (!customer) throw new Failure('customer_not_found', `No customer in ${access.where} has the number ${number}.`);
  return customer.id;
}

const allIn = (heads: number, last: { seq: number; at: string }) =>
  `Signed heads: ${heads}, all in it, the last of ${last.at} at entry ${last.seq}.`;

async function erase({ output, interactive }: Context, { reason, yes }: EraseOptions, customer: string) {
  const number = /^#?(\d{1,9})$/.exec(customer)?.[1];
  if (!number && !z.uuid().safeParse(customer).success) {
    throw wrongUse(`"${customer}" is neither the number of a customer nor the id.`);
  }
  const access = databaseOf('DATABASE_OWNER_URL', process.env, DATA);
  const customerId = number ? await idOfNumber(access, Number(number)) : customer;
  if (!yes) {
    if (!interactive) throw wrongUse('Erasing cannot be undone, and there is no terminal to ask on.', ['Add --yes.']);
    const { askYes } = await import('../questions.ts');
    const sure = await askYes(`Erase what the audit in ${access.where} says about customer ${customer}, for good?`);
    if (!sure) throw new Failure('given_up', 'Nothing was done.');
  }
  const { eraseFromAudit } = await import('#db/audit/erasure.ts');
  const erased = await withDatabase(access, (orm) => eraseFromAudit(orm, { customerId, reason, at: new Date() }));
  output.result(erased, [`Entries whose personal fields were erased: ${erased.entries}.`]);
  if (erased.kept > 0) output.say(`Older than version 0007 of the schema, and left as they are: ${erased.kept}.`);
  return EXIT.done;
}
