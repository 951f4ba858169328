import { expect, it } from '@jest/globals';
import { createPaypalSimulator } from '../gateways/paypal/simulator/simulator.ts';
import { createStripeSimulator } from '../gateways/stripe/simulator/simulator.ts';

const stripe = createStripeSimulator({ secretKey: 'sk_test_front', webhookSecret: 'whsec_front' });
const paypal = createPaypalSimulator({ clientId: 'front', clientSecret: 'front', webhookId: 'WH-FRONT' });

it.each([
  ['Stripe', stripe],
  ['PayPal', paypal],
])('whoever opens the address of %s is told what it is and what it can be told', async (name, { app, stop }) => {
  const page = await app.request('/');
  const text = await page.text();
  expect(page.status).toBe(200);
  expect(text).toMatch(new RegExp(`^${name}, simulated\\.`));
  expect(text).toContain('  POST   /_sim/faults\n');
  expect(text).toContain('  POST   /_sim/webhooks/plan\n');
  expect(text).not.toMatch(/front/);
  stop();
});
