import type { StartSimulator } from '#activities/simulation/start.ts';
import { createPaypalSimulator } from './simulator.ts';

export const start: StartSimulator = ({ setting, stateFile, webhookUrl }) =>
  createPaypalSimulator({
    stateFile,
    webhookUrl,
    clientId: setting('PAYPAL_CLIENT_ID'),
    clientSecret: setting('PAYPAL_CLIENT_SECRET'),
    webhookId: setting('PAYPAL_WEBHOOK_ID'),
  });
