import { createEgress } from '#activities/http/egress.ts';
import { gatewayCallee, gatewayFetch, type GatewayVendor } from '../gateway-vendor.ts';
import { createPaypalGateway } from './adapter.ts';
import { fetchCertificate } from './webhooks/certificate.ts';
import { trustOf } from './webhooks/trust.ts';

export const paypal: GatewayVendor = {
  name: 'paypal',
  open(config, { clock, record }) {
    const { PAYPAL_CLIENT_ID: clientId, PAYPAL_CLIENT_SECRET: clientSecret, PAYPAL_WEBHOOK_ID: webhookId } = config;
    if (!clientId || !clientSecret || !webhookId) return undefined;
    const gateway = createPaypalGateway({
      account: config.PAYPAL_ACCOUNT,
      environment: config.PAYPAL_ENVIRONMENT,
      clientId,
      clientSecret,
      webhookId,
      baseURL: config.PAYPAL_API_BASE,
      brandName: config.SELLER_NAME,
      fetch: gatewayFetch('paypal', config.PAYPAL_API_BASE, record),
      now: clock,
    });
    const trust = trustOf(config);
    const origins = trust.hosts.filter((host) => host.startsWith('http://'));
    const { fetch } = createEgress({ purpose: 'gateway', callee: gatewayCallee('paypal'), record, allow: origins });
    const proof = {
      fetchCertificate: (url: string) => fetchCertificate(url, { fetch, trust }),
      isGenuine: async (delivery: Parameters<typeof gateway.verifyByPostback>[0]) =>
        (await gateway.verifyByPostback(delivery)).verdict === 'genuine',
    };
    return { gateway, proof };
  },
};
