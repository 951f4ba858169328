import { environmentOf, isEmbedded, type Settings } from '../environment.ts';
import { SANDBOX, SIMULATORS } from '../sandbox/vendors.ts';

/** Lines for people: how one signs in to each simulated vendor that asks for it. Nothing real is behind them. */
export const simulatedSignIns = (settings: Settings, addresses: Record<string, string>): string[] =>
  SIMULATORS.flatMap((name) => {
    const { signIn } = SANDBOX[name];
    if (!signIn || !isEmbedded(settings.own, name)) return [];
    return [
      `The sign-in for the simulated ${name}, ${addresses[name] ?? `port ${settings.ports[name]}`}:`,
      `  user name      ${signIn.username}`,
      `  password       ${environmentOf(name, settings)[signIn.password]}`,
      '',
    ];
  });
