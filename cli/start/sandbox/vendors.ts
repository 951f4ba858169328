import { mailbox } from './mailbox.ts';
import { nextpanel } from './nextpanel.ts';
import { paypal } from './paypal.ts';
import type { SandboxVendor } from './sandbox-vendor.ts';
import { stripe } from './stripe.ts';

/** Every vendor that `npm start` simulates until it is told where the person's own is. */
const VENDORS = { stripe, paypal, nextpanel, mailbox };
export type SimulatorName = keyof typeof VENDORS;
export const SANDBOX: Record<SimulatorName, SandboxVendor> = VENDORS;
export const SIMULATORS = Object.keys(VENDORS) as SimulatorName[];

/** Ports of the simulators; SMTP is the mailbox's second one. */
export const SANDBOX_PORTS = { stripe: 4001, paypal: 4002, nextpanel: 4003, mailbox: 4004, smtp: 4025 } as const;

export const SANDBOX_SECRETS = {
  ...stripe.secrets,
  ...paypal.secrets,
  ...nextpanel.secrets,
  ...mailbox.secrets,
};
