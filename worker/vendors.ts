import type { OfProcess, OpenGateway } from '#activities/gateways/gateway-vendor.ts';
import { GATEWAY_VENDORS } from '#activities/gateways/vendors.ts';
import type { RecordCall } from '#activities/http/calls.ts';
import { within } from '#activities/where.ts';
import { createEgress } from '#activities/http/egress.ts';
import { neverSent, VendorRefused, VendorUnavailable } from '#activities/http/vendor.ts';
import type { CertificateSource } from '#activities/money/payments/verify-webhook.ts';
import type { CallCounter } from '#activities/nodes/count-calls.ts';
import { isCheck, limited } from '#activities/panels/limits.ts';
import type { Panel } from '#activities/panels/panel.ts';
import { PANEL_VENDORS } from '#activities/panels/vendors.ts';
import type { Gateways, Panels } from '#activities/parts.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import type { WorkerConfiguration } from '#domain/configuration/configuration.ts';
import { vendorLabel, type GatewayName } from '#domain/vendors.ts';

/** The gateways whose keys are set, by name. */
export type OpenGateways = ReadonlyMap<string, OpenGateway>;
export const openGateways = (config: WorkerConfiguration, process: OfProcess): OpenGateways =>
  new Map(
    GATEWAY_VENDORS.flatMap(({ name, open }) => {
      const opened = open(config, process);
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

export interface PanelsProcess extends Pick<OfProcess, 'record'> {
  /** Told when a node begins or ends to be left alone after faults in a row, by its name. */
  onLeftAlone?: (node: string, leftAlone: boolean) => void;
  /** Counts what a node is asked, and knows when its key has had enough. */
  counter?: CallCounter;
  /** What a server's patience is measured with; unless told, one that only grows. */
  clock?: (() => Date) | undefined;
}

/**
 * Adapters are made once per node and made anew when its credentials, address or capabilities change.
 */
export function createPanels(
  config: WorkerConfiguration,
  sealer: Sealer,
  { record, onLeftAlone, counter, clock }: PanelsProcess,
): Panels {
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
      const credentials = within({ nodeId: id, adapter: node.panel }, () =>
        sealer.open(node.credentials, { table: 'node', column: 'credentials', rowId: id }),
      );
      const callee = { kind: 'node', vendor: vendor.name, name } as const;
      const counted: RecordCall = (call) => {
        if (call.status !== undefined || !neverSent(call.failure)) counter?.count(id, isCheck());
        record(call);
      };
      const { fetch } = createEgress({ purpose: 'panel', callee, record: counted, allow: config.EGRESS_ALLOW });
      const panel = limited(name, vendor.open({ name, baseURL, credentials, capabilities, fetch }), {
        ...patience,
        onLeftAlone: (is) => onLeftAlone?.(name, is),
        refusal: () => refusalOf(name, counter?.left(id)),
      });
      onLeftAlone?.(name, false);
      opened.set(node.id, { version, panel });
      return panel;
    },
  };
}

/** Until the oldest calls of the hour no longer count. */
const SPENT_WAIT_MS = 600_000;

function refusalOf(node: string, calls: ReturnType<CallCounter['left']>): VendorUnavailable | undefined {
  if (!calls || calls.left > 0) return undefined;
  const { perHour, perDay } = calls.budget;
  return new VendorUnavailable(
    `${node} has had the ${perHour} calls an hour and ${perDay} a day that its key has for us, so it is asked nothing more for ` +
      'now. Where the panel grants the key more, raise `calls_per_hour` and `calls_per_day` of the node.',
    { retryAfterMs: SPENT_WAIT_MS },
  );
}
