import type { StartSimulator } from '#activities/simulation/start.ts';
import { createStripeSimulator } from './simulator.ts';

export const start: StartSimulator = ({ setting, stateFile, webhookUrl }) =>
  createStripeSimulator({
    stateFile,
    webhookUrl,
    secretKey: setting('STRIPE_SECRET_KEY'),
    webhookSecret: setting('STRIPE_WEBHOOK_SECRET'),
  });
