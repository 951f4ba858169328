import type { z } from 'zod';
import { Argument, type Command } from 'commander';
import type { CheckedGateway, GatewayHealthView } from '#api/contracts/gateways.ts';
import { GATEWAYS, type GatewayName } from '#domain/vendors.ts';
import { ask } from '../api.ts';
import { EXIT, type Exit } from '../failure.ts';
import { mark, table } from '../output.ts';
import { runs, type Context } from '../run.ts';

/** `hostwright gateways list | test`. */
export function gatewaysCommand(program: Command): void {
  const gateways = program.command('gateways').description('where customers pay');
  runs<[], object>(gateways.command('list').description('what the last check of each found'), list);
  runs<[GatewayName], object>(
    gateways
      .command('test')
      .description('check its credentials and rights now; what waited for it tries again once they are right')
      .addArgument(new Argument('<gateway>', 'which one').choices(GATEWAYS)),
    test,
  );
}

async function list({ api, output }: Context) {
  const found = await ask(api().gateways.health.$get());
  const rows = found.gateways.map((gateway) => [
    gateway.name,
    gateway.account ?? '',
    gateway.mode ?? '',
    healthText(gateway),
    gateway.checked_at ?? 'never',
    gateway.offered ? 'yes' : 'no',
    gateway.webhook_url ?? '',
  ]);
  const head = ['gateway', 'account', 'money', 'health', 'checked', 'offered', 'sends events to'];
  output.result(found, table(head, rows));
  return EXIT.done;
}

function healthText({ health, steps }: z.infer<typeof GatewayHealthView>): string {
  const failed = steps.find(({ ok }) => !ok);
  return failed ? `${health}: ${failed.name}` : (health ?? '');
}

async function test({ api, output }: Context, _options: object, name: GatewayName): Promise<Exit> {
  const checked: z.infer<typeof CheckedGateway> = await ask(api().gateways[':name'].test.$post({ param: { name } }));
  const { gateway, check, note } = checked;
  const { label, account, mode, webhook_url: url } = gateway;
  output.result(checked, [
    [`${label}  ${account ?? 'never checked'}`, mode && `${mode} money`, url && `events to ${url}`]
      .filter(Boolean)
      .join(', '),
    ...(check?.steps ?? []).map((step) => `  ${mark(step.ok)} ${step.name}: ${step.message}`),
    note,
  ]);
  return check === null ? EXIT.unreachable : check.ok ? EXIT.done : EXIT.failed;
}
