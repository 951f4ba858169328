import type { Command } from 'commander';
import { ask } from '../api.ts';
import { EXIT } from '../failure.ts';
import { firstLineOf } from '../first-line.ts';
import { nodeId } from '../nodes/node-id.ts';
import { customerText, instantText, mark, paint } from '../output.ts';
import { runs } from '../run.ts';

interface Options {
  feature?: string;
  node?: string;
}

const NAMES = {
  form: 'form of the key',
  credential: 'who asks',
  limits: 'how often',
  license: 'license',
  status: 'status',
  expiry: 'expiry',
  quota: 'quota',
  service: 'service',
  subscription: 'subscription',
  node: 'node',
};
const WIDTH = 16;

/** `hostwright diagnose <license key>`: ends with 1 when any answer would be no. */
export function diagnoseCommand(program: Command): void {
  const command = program
    .command('diagnose')
    .description('why a license is answered as it is: each check in order, and what to do')
    .argument('<license key>', 'as the customer or the panel has it; `-` reads it from stdin')
    .option('--feature <name>', 'only this feature, such as create_database')
    .option('--node <name>', 'as the panel of this node would be answered');
  runs<[string], Options>(command, async ({ api, output }, { feature, node }, given) => {
    const key = given === '-' ? await firstLineOf('-') : given;
    const node_id = node === undefined ? undefined : await nodeId(api(), node);
    const told = await ask(
      api().licenses.diagnose.$post({
        json: { license_key: key, ...(feature && { feature }), ...(node_id && { node_id }) },
      }),
    );
    const { license, checks, answers, valid } = told;
    output.result(told, [
      ...(license
        ? [
            `${license.key_hint}  ${license.plan.name}, ${customerText(license.customer)} (${license.customer.reference}), order ${license.order.reference}`,
            `issued ${instantText(license.issued_at)}, ${asked(license)}`,
            '',
          ]
        : []),
      ...checks.flatMap(({ check, passed, says, next }) => [
        `  ${mark(passed)} ${NAMES[check].padEnd(WIDTH)} ${says}`,
        ...(next && passed !== true ? [paint('dim', `    ${' '.repeat(WIDTH)} → ${next}`)] : []),
      ]),
      '',
      ...answers.map((answer) => {
        const what = answer.feature ?? 'any question';
        return answer.valid
          ? `A panel that asks for ${what} is told yes (${answer.code}).`
          : `A panel that asks for ${what} is told no: ${answer.error} (${answer.code}).`;
      }),
    ]);
    return valid ? EXIT.done : EXIT.failed;
  });
}

const asked = ({ validations, last_validated_at: last }: { validations: number; last_validated_at: string | null }) =>
  last ? `asked for ${validations} times, last ${instantText(last)}` : 'never asked for yet';
