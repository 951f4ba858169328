import { createPaypalSimulator } from '#activities/gateways/paypal/simulator/simulator.ts';
import { createStripeSimulator } from '#activities/gateways/stripe/simulator/simulator.ts';
import type { CaughtMail } from '#activities/mailers/smtp/simulator/caught-mail.ts';
import { createMailbox } from '#activities/mailers/smtp/simulator/simulator.ts';
import { createNextPanelSimulator } from '#activities/panels/nextpanel/simulator/simulator.ts';
import type { Fault } from '#activities/simulation/faults.ts';
import { listen } from '#activities/simulation/simulator.ts';
import { PANEL_KEY } from '#db/testing/seed.ts';

const STRIPE = { secretKey: 'sk_test_simulated', webhookSecret: 'whsec_simulated' };
const PAYPAL = { clientId: 'client-simulated', clientSecret: 'secret-simulated', webhookId: 'WH-SIMULATED' };

/** Talks to a simulator's control surface. */
export function controls(url: string) {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/_sim${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${url}/_sim${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    url,
    call,
    plan: (fault: Fault) => call('POST', '/faults', fault),
    heal: () => call('DELETE', '/faults'),
    get: <T>(path: string) => call<T>('GET', path),
  };
}
export type Controls = ReturnType<typeof controls>;

/**
 * Every vendor's simulator inside this process, over real HTTP and SMTP.
 * @param wireClock  what webhooks are dated by, where our own clock is not the machine's
 */
export async function startVendors(wireClock?: () => Date) {
  const stripe = createStripeSimulator({ ...STRIPE, wireClock });
  const paypal = createPaypalSimulator(PAYPAL);
  const panel = createNextPanelSimulator({
    keys: [
      {
        key_id: PANEL_KEY.apiKey,
        key_secret: PANEL_KEY.apiSecret,
        permission_level: 'super_admin',
        rate_limit_per_hour: 1_000_000,
        rate_limit_per_day: 1_000_000,
      },
    ],
    patch: true,
  });
  const mailbox = createMailbox();
  const [stripeAt, paypalAt, panelAt, mailboxAt] = await Promise.all(
    [stripe.app, paypal.app, panel.app, mailbox.app].map((app) => listen(app as never)),
  );
  const smtp = await mailbox.startSmtp(0);
  const clocks = [stripe.simulator, paypal, panel, mailbox].map(({ clock }) => clock);
  const trust = await controls(paypalAt!.url).get('/trust');
  return {
    stripe: controls(stripeAt!.url),
    paypal: controls(paypalAt!.url),
    panel: controls(panelAt!.url),
    mailbox: controls(mailboxAt!.url),
    mails: async (to: string) =>
      (await controls(mailboxAt!.url).get<{ mails: CaughtMail[] }>(`/mails?to=${encodeURIComponent(to)}`)).mails,
    /** The time of all of them. */
    time: {
      /** When one of them does something by itself the next time, if ever. */
      nextMs: () => Math.min(...clocks.map((clock) => clock.next()?.getTime() ?? Infinity)),
      moveTo: (at: Date) => clocks.forEach((clock) => clock.moveTo(at)),
    },
    /** What worker and API need to reach them. */
    environment: {
      STRIPE_SECRET_KEY: STRIPE.secretKey,
      STRIPE_WEBHOOK_SECRET: STRIPE.webhookSecret,
      STRIPE_API_BASE: stripeAt!.url,
      PAYPAL_CLIENT_ID: PAYPAL.clientId,
      PAYPAL_CLIENT_SECRET: PAYPAL.clientSecret,
      PAYPAL_WEBHOOK_ID: PAYPAL.webhookId,
      PAYPAL_ENVIRONMENT: 'simulator',
      PAYPAL_API_BASE: paypalAt!.url,
      PAYPAL_TRUST: JSON.stringify(trust),
      EGRESS_ALLOW: panelAt!.url,
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(smtp.port),
    },
    async close() {
      stripe.delivery.stop();
      paypal.stop();
      await smtp.close();
      await Promise.all([stripeAt, paypalAt, panelAt, mailboxAt].map((running) => running!.close()));
    },
  };
}
export type Vendors = Awaited<ReturnType<typeof startVendors>>;
