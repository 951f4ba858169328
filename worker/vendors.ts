import type { Logger } from 'pino';
import { createEgress } from '#activities/http/egress.ts';
import type { Gateway, GatewayName } from '#activities/gateways/gateway.ts';
import { createPaypalGateway } from '#activities/gateways/paypal/adapter.ts';
import { fetchCertificate } from '#activities/gateways/paypal/webhooks/certificate.ts';
import type { PaypalConfig } from '#activities/gateways/paypal/wire/client.ts';
import { LIVE_TRUST, SANDBOX_TRUST, type CertificateTrust } from '#activities/gateways/paypal/webhooks/trust.ts';
import { createStripeGateway } from '#activities/gateways/stripe/adapter.ts';
import { limited } from '#activities/panels/limits.ts';
import { createNextPanel } from '#activities/panels/nextpanel/adapter.ts';
import type { Gateways, Panels } from '#activities/parts.ts';
import type { Panel } from '#activities/panels/panel.ts';
import type { CertificateSource } from '#activities/money/payments/verify-webhook.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import type { WorkerConfiguration } from './main.ts';

/** An origin of our own simulators is reached in plain http, and nothing else is. */
const gatewayFetch = (base: string | undefined) =>
  createEgress({ purpose: 'gateway', ...(base ? { allow: [new URL(base).origin], only: [new URL(base).origin] } : {}) })
    .fetch;

const hasPaypal = (config: WorkerConfiguration) =>
  Boolean(config.PAYPAL_CLIENT_ID && config.PAYPAL_CLIENT_SECRET && config.PAYPAL_WEBHOOK_ID);

const paypalOf = (config: WorkerConfiguration): PaypalConfig => ({
  account: config.PAYPAL_ACCOUNT,
  environment: config.PAYPAL_ENVIRONMENT,
  clientId: config.PAYPAL_CLIENT_ID!,
  clientSecret: config.PAYPAL_CLIENT_SECRET!,
  webhookId: config.PAYPAL_WEBHOOK_ID!,
  baseURL: config.PAYPAL_API_BASE,
  brandName: config.SELLER_NAME,
  fetch: gatewayFetch(config.PAYPAL_API_BASE),
});

/** The gateways whose keys are set. */
export function createGateways(config: WorkerConfiguration, log: Logger): Gateways {
  const made = new Map<string, Gateway>();
  if (config.STRIPE_SECRET_KEY) {
    const stripe = createStripeGateway({
      account: config.STRIPE_ACCOUNT,
      secretKey: config.STRIPE_SECRET_KEY,
      baseURL: config.STRIPE_API_BASE,
      fetch: gatewayFetch(config.STRIPE_API_BASE),
      onCall: (call) => log.debug(call, 'stripe'),
    });
    made.set(stripe.name, stripe);
  }
  if (hasPaypal(config)) {
    const paypal = createPaypalGateway(paypalOf(config));
    made.set(paypal.name, paypal);
  }
  return {
    of(name) {
      const gateway = made.get(name);
      if (!gateway)
        throw Object.assign(new Error(`The gateway ${name} is switched off: its keys are not set.`), {
          name: 'VendorRefused',
        });
      return gateway;
    },
    all: () => [...made.values()],
    has: (name): name is GatewayName => made.has(name),
  };
}

interface NodeCredentials {
  apiKey: string;
  apiSecret: string;
}

/** Adapters are made once per node and made anew when its credentials, address or capabilities change. */
export function createPanels(config: WorkerConfiguration, sealer: Sealer): Panels {
  const egress = createEgress({ purpose: 'panel', allow: config.EGRESS_ALLOW });
  const made = new Map<string, { of: string; panel: Panel }>();
  return {
    of(node) {
      const version = `${node.credentialsChangedAt.getTime()}|${node.baseUrl}|${node.capabilities.join()}`;
      const there = made.get(node.id);
      if (there?.of === version) return there.panel;
      const place = { table: 'node', column: 'credentials', rowId: node.id };
      const { apiKey, apiSecret } = JSON.parse(sealer.open(node.credentials, place)) as NodeCredentials;
      const adapter = createNextPanel({
        node: node.name,
        baseURL: node.baseUrl,
        apiKey,
        apiSecret,
        capabilities: Object.fromEntries(node.capabilities.map((name) => [name, true])),
        fetch: egress.fetch,
      });
      const panel = limited(node.name, adapter);
      made.set(node.id, { of: version, panel });
      return panel;
    },
  };
}

const TRUST: Record<'live' | 'sandbox', CertificateTrust> = { live: LIVE_TRUST, sandbox: SANDBOX_TRUST };

export function createCertificates(config: WorkerConfiguration): CertificateSource {
  const { PAYPAL_ENVIRONMENT: environment, PAYPAL_TRUST } = config;
  const trust =
    environment === 'simulator' ? (JSON.parse(PAYPAL_TRUST ?? '{"hosts":[]}') as CertificateTrust) : TRUST[environment];
  const origins = trust.hosts.filter((host) => host.startsWith('http://'));
  const { fetch } = createEgress({ purpose: 'gateway', allow: origins });
  const paypal = hasPaypal(config) ? createPaypalGateway(paypalOf(config)) : undefined;
  return {
    fetch: (url) => fetchCertificate(url, { fetch, trust }),
    isGenuine(gateway, delivery) {
      if (gateway !== 'paypal' || !paypal) return null;
      return paypal.verifyByPostback(delivery).then(({ verdict }) => verdict === 'genuine');
    },
  };
}
