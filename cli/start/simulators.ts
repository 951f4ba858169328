/**
 * One simulated vendor as a process of its own: `node cli/start/simulators.ts stripe`.
 *
 * SIMULATOR_PORT: where it listens, on loopback. SIMULATOR_STATE: folder for what it remembers; without it, memory only.
 * SIMULATOR_WEBHOOK_URL: where its events go. Its keys have the names they have in our own configuration.
 */
import { join } from 'node:path';
import { listen } from '#activities/simulation/simulator.ts';

interface Started {
  app: Parameters<typeof listen>[0];
  stop?(): void | Promise<void>;
}

interface Shared {
  stateFile: string | undefined;
  webhookUrl: string | undefined;
}

/** A setting by its name; throws when there is none. */
type Setting = (name: string) => string;

/** Each loads its own vendor only. */
const SIMULATORS: Record<string, (setting: Setting, shared: Shared) => Promise<Started>> = {
  async stripe(setting, shared) {
    const { createStripeSimulator } = await import('#activities/gateways/stripe/simulator/simulator.ts');
    return createStripeSimulator({
      ...shared,
      secretKey: setting('STRIPE_SECRET_KEY'),
      webhookSecret: setting('STRIPE_WEBHOOK_SECRET'),
    });
  },
  async paypal(setting, shared) {
    const { createPaypalSimulator } = await import('#activities/gateways/paypal/simulator/simulator.ts');
    return createPaypalSimulator({
      ...shared,
      clientId: setting('PAYPAL_CLIENT_ID'),
      clientSecret: setting('PAYPAL_CLIENT_SECRET'),
      webhookId: setting('PAYPAL_WEBHOOK_ID'),
    });
  },
  async nextpanel(setting, { stateFile }) {
    const { createNextPanelSimulator } = await import('#activities/panels/nextpanel/simulator/simulator.ts');
    return createNextPanelSimulator({
      stateFile,
      // So that the link of the welcome mail can set the account's password.
      patch: true,
      keys: [{ key_id: setting('NEXTPANEL_KEY_ID'), key_secret: setting('NEXTPANEL_KEY_SECRET') }],
      admin: { username: 'admin', password: setting('NEXTPANEL_ADMIN_PASSWORD') },
    });
  },
  async mailbox(setting, { stateFile }) {
    const { createMailbox } = await import('#activities/mailers/smtp/simulator/simulator.ts');
    const mailbox = createMailbox({ stateFile });
    const smtp = await mailbox.startSmtp(Number(setting('SMTP_PORT')));
    return { app: mailbox.app, stop: smtp.close };
  },
};

async function main([name = '']: string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (env.NODE_ENV === 'production') throw new Error('Simulators do not run where NODE_ENV is production.');
  const make = SIMULATORS[name];
  if (!make) throw new Error(`There is no simulator "${name}"; there are ${Object.keys(SIMULATORS).join(', ')}.`);
  const setting = (variable: string) => {
    const value = env[variable];
    if (!value) throw new Error(`The simulator ${name} needs ${variable}.`);
    return value;
  };
  const stateFile = env.SIMULATOR_STATE && join(env.SIMULATOR_STATE, `${name}.jsonl`);
  const { app, stop } = await make(setting, { stateFile, webhookUrl: env.SIMULATOR_WEBHOOK_URL });
  const server = await listen(app, Number(setting('SIMULATOR_PORT')));
  console.log(`${name} listens at ${server.url}`);
  const end = async () => {
    await stop?.();
    await server.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end());
}

await main(process.argv.slice(2), process.env);
