import type { Logger } from 'pino';
import type { OpenGateway } from '#activities/gateways/gateway-vendor.ts';
import { GATEWAY_VENDORS } from '#activities/gateways/vendors.ts';
import { within } from '#activities/where.ts';
import { createEgress } from '#activities/http/egress.ts';
import { VendorRefused } from '#activities/http/vendor.ts';
import type { CertificateSource } from '#activities/money/payments/verify-webhook.ts';
import { limited } from '#activities/panels/limits.ts';
import type { Panel } from '#activities/panels/panel.ts';
import { PANEL_VENDORS } from '#activities/panels/vendors.ts';
import type { Gateways, Panels } from '#activities/parts.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import type { WorkerConfiguration } from '#domain/configuration/configuration.ts';
import { vendorLabel, type GatewayName } from '#domain/vendors.ts';

const machineClock = () => new Date();

/** The gateways whose keys are set, by name. */
export type OpenGateways = ReadonlyMap<string, OpenGateway>;
export const openGateways = (config: WorkerConfiguration, log: Logger, clock = machineClock): OpenGateways =>
  new Map(
    GATEWAY_VENDORS.flatMap(({ name, open }) => {
      const opened = open(config, log, clock);
      return opened ? [[name, opened] as const] : [];
    }),
  );

export const createGateways = (opened: OpenGateways): Gateways => ({
  of(name) {
    const there = opened.get(name);
    if (!there) throw new VendorRefused(`The gateway ${vendorLabel(name)} is switched off: its keys are not set.`);
    return there.gateway;
  },
  all: () => [...opened.values()].map(({ gateway }) => gateway),
  has: (name): name is GatewayName => opened.has(name),
});

export const createCertificates = (opened: OpenGateways): CertificateSource => ({
  fetch(gateway, url) {
    const proof = opened.get(gateway)?.proof;
    if (!proof) throw new VendorRefused(`${vendorLabel(gateway)} has no certificates, or is switched off.`);
    return proof.fetchCertificate(url);
  },
  isGenuine: (gateway, delivery) => opened.get(gateway)?.proof?.isGenuine(delivery) ?? null,
});

/**
 * Adapters are made once per node and made anew when its credentials, address or capabilities change.
 * @param clock  what a server's patience is measured with; unless told, one that only grows
 */
export function createPanels(config: WorkerConfiguration, sealer: Sealer, clock?: () => Date): Panels {
  const { fetch } = createEgress({ purpose: 'panel', allow: config.EGRESS_ALLOW });
  const patience = clock ? { now: () => clock().getTime() } : {};
  const opened = new Map<string, { version: string; panel: Panel }>();
  return {
    of(node) {
      const version = `${node.credentialsChangedAt.getTime()}|${node.baseUrl}|${node.capabilities.join()}`;
      const known = opened.get(node.id);
      if (known?.version === version) return known.panel;
      const vendor = PANEL_VENDORS.find(({ name }) => name === node.panel);
      if (!vendor) throw new VendorRefused(`${node.name} has the panel ${node.panel}, which this version cannot call.`);
      const { id, name, baseUrl: baseURL, capabilities } = node;
      const where = { nodeId: id, adapter: node.panel };
      const credentials = within(where, () =>
        sealer.open(node.credentials, { table: 'node', column: 'credentials', rowId: id }),
      );
      const panel = limited(name, vendor.open({ name, baseURL, credentials, capabilities, fetch }), patience);
      opened.set(node.id, { version, panel });
      return panel;
    },
  };
}
