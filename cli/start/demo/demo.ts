import type { AfterReady, ReadyContext } from '../ready-context.ts';
import { isEmbedded, SWITCHES, type Settings } from '../environment.ts';
import { SIMULATORS } from '../sandbox/vendors.ts';
import { simulatedSignIns } from './sign-ins.ts';
import { firstStaff, forgetPassword, readStaff, type Staff } from './staff.ts';

/**
 * The first start: an administrator, the simulated panel as a node, and one order played from end to end. Later ones
 * only see to it that the node is where its panel is. Whatever goes wrong is said and played again at the next start;
 * it never ends this one.
 */
export const firstOrder: AfterReady = async (context) => {
  const { firstStart, settings, signal, closing, progress } = context;
  try {
    const staff = firstStart ? await administrator(context) : readStaff(settings);
    if (staff?.password) closing.push(() => showSignIn(context, staff));
    if (staff) await prepare(context, staff);
    else if (firstStart) {
      progress.warn('story', 'The database has staff already, so the first order is not played.');
      progress.warn(
        'story',
        'For commands, set HOSTWRIGHT_API_KEY to a key that staff make with POST /api/v2/api-keys.',
      );
    }
  } catch (error) {
    if (!signal.aborted) sayWhatFailed(context, error);
    return 'again';
  } finally {
    closing.push(() => simulatedSignIns(settings, context.addresses).forEach((line) => progress.line(line)));
    closing.push(() => sayKillIt(context));
  }
};

const administrator = ({ progress, settings }: ReadyContext) =>
  progress.step('staff', async (step) => {
    const staff = await firstStaff(settings);
    step.detail(staff ? `${staff.email}, the first administrator` : 'somebody is there already');
    return staff;
  });

async function prepare(context: ReadyContext, { apiKey }: Staff): Promise<void> {
  const { addresses, firstStart, progress, settings } = context;
  if (!isEmbedded(settings.own, 'nextpanel')) return sayNotPlayed(context);
  const [{ openApi }, { sandboxNode }] = await Promise.all([import('#cli/commands/api.ts'), import('./sandbox.ts')]);
  const api = openApi({ url: new URL(addresses.portal!).origin, key: apiKey });
  if (!firstStart) return void (await sandboxNode(api, settings, false));
  const node = await progress.step('node', async (step) => {
    const added = await sandboxNode(api, settings, true);
    step.detail(`${added!.name}, the simulated panel: reachable, key accepted, takes orders`);
    return added!;
  });
  if (realVendors(settings.own).length > 0) return sayNotPlayed(context);
  progress.line();
  progress.title('The first order, from end to end:');
  const { playFirstOrder } = await import('./play.ts');
  await playFirstOrder(context, api, node);
}

const realVendors = (own: Settings['own']) =>
  SIMULATORS.filter((name) => !isEmbedded(own, name)).map((name) => SWITCHES[name]);

function sayNotPlayed({ firstStart, progress, settings }: ReadyContext): void {
  if (!firstStart) return;
  const set = realVendors(settings.own).join(', ');
  progress.warn('story', `The first order is not played: ${set} is set, and it is for simulated vendors only.`);
}

function showSignIn({ progress, settings }: ReadyContext, staff: Staff): void {
  progress.line('The sign-in for the staff pages, shown this once:');
  progress.line(`  e-mail         ${staff.email}`);
  progress.line(`  password       ${staff.password}`);
  progress.line('  second factor  asked for at the first sign-in: any authenticator app, or “Not now, this once”');
  progress.line();
  forgetPassword(settings, staff);
}

function sayKillIt({ progress, settings }: ReadyContext): void {
  const pid = `$(node -p "require('${settings.data}/running.json').processes.worker")`;
  progress.line('Kill it and watch: order something, and while it is being set up');
  progress.line(`  kill -9 ${pid}`);
  progress.line('The worker is started again, and the order goes on where it was: nothing lost, nothing twice.');
  progress.line();
}

function sayWhatFailed({ firstStart, progress }: ReadyContext, error: unknown): void {
  const { message, hints = [], lines = [] } = error as Error & { hints?: string[]; lines?: string[] };
  progress.warn('story', firstStart ? `The first order did not get to its end. ${message}` : message);
  for (const hint of [...hints, ...lines]) progress.line(`      ${hint}`);
  progress.line(
    firstStart
      ? '      Everything keeps running. It is played again at the next start.'
      : '      Everything keeps running.',
  );
}
