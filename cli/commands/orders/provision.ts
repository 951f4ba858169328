import type { Command } from 'commander';
import { wrongUse } from '../failure.ts';
import { FIELD_NAMES, FIELDS, type Values } from './provision/fields.ts';
import { runs } from '../run.ts';

interface Options extends Values {
  csv?: string;
  wait: string;
}

const LONGEST_S = 86_400;
/** Of a file, every row has its own. */
const PER_ROW = ['email', 'name', 'company', 'reference', 'username'] as const;

/** `hostwright provision`: a sale that staff vouch for, as the money came by bank transfer. */
export function provisionCommand(program: Command): void {
  const command = program
    .command('provision')
    .description('sell a plan that is paid already, and wait for its account; asks for what is missing');
  for (const field of FIELD_NAMES) command.option(`--${field} <value>`, FIELDS[field].says);
  command
    .option('--csv <file>', 'a sale per row; what else is given holds for rows that do not say it')
    .option('--wait <seconds>', 'how long to wait for the accounts; 0 only places the orders', '300')
    .addHelpText('after', FILE_HELP);
  runs<[], Options>(command, async (context, { csv, wait, ...options }) => {
    const seconds = Number(wait);
    if (!/^\d+$/.test(wait) || seconds > LONGEST_S) throw wrongUse(`--wait is seconds, 0 to ${LONGEST_S}.`);
    const given: Values = Object.fromEntries(FIELD_NAMES.map((field) => [field, options[field]]));
    if (csv === undefined) {
      const { provisionOne } = await import('./provision/one.ts');
      return provisionOne(context, given, seconds * 1_000);
    }
    const own = PER_ROW.filter((field) => given[field] !== undefined).map((field) => `--${field}`);
    if (own.length > 0) throw wrongUse(`${own.join(', ')}: in a file, each row has its own.`);
    const { provisionFile } = await import('./provision/file.ts');
    return provisionFile(context, csv, given, seconds * 1_000);
  });
}

const FILE_HELP = `
The first line of the file names its columns, in any order:
${FIELD_NAMES.map((field) => `  ${field.padEnd(10)} ${FIELDS[field].needed ? '' : 'optional: '}${FIELDS[field].says}`).join('\n')}
What became of each row is printed and written to <file>.report.csv. The same file again repeats nothing.`;
