import type { Logger } from 'pino';
import type { WorkerConfiguration } from '#domain/configuration/configuration.ts';
import type { GatewayName } from '#domain/vendors.ts';
import type { Callee, RecordCall } from '../http/calls.ts';
import { createEgress } from '../http/egress.ts';
import type { Gateway } from './gateway.ts';

/** How a vendor's folder is switched on: the one thing of it that `vendors.ts` knows. */
export interface GatewayVendor {
  name: GatewayName;
  /** @returns nothing where its keys are not set */
  open(config: WorkerConfiguration, process: OfProcess): OpenGateway | undefined;
}

export interface OfProcess {
  log: Logger;
  /** What the adapter takes for now. */
  clock: () => Date;
  /** Keeps what was asked of the gateway; the way out demands it. */
  record: RecordCall;
}

export interface OpenGateway {
  gateway: Gateway;
  /** For vendors that sign webhooks with certificates. */
  proof?: WebhookProof;
}

/** What the worker finds out about deliveries for the API, which asks nobody. */
export interface WebhookProof {
  /** @throws when the address is not the gateway's, or what it serves is not trusted */
  fetchCertificate(url: string): Promise<{ pem: string; validUntil: Date }>;
  /** Asks the gateway itself whether a delivery is its own. */
  isGenuine(delivery: { raw: Uint8Array; headers: Record<string, string> }): Promise<boolean>;
}

/** An origin of our own simulators is reached in plain http, and nothing else is. */
export const gatewayFetch = (name: GatewayName, base: string | undefined, record: RecordCall) =>
  createEgress({
    purpose: 'gateway',
    callee: gatewayCallee(name),
    record,
    ...(base ? { allow: [new URL(base).origin], only: [new URL(base).origin] } : {}),
  }).fetch;

export const gatewayCallee = (name: GatewayName): Callee => ({ kind: 'gateway', vendor: name, name });
