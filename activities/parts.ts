import type { KeyObject } from 'node:crypto';
import type { Node } from '#db/entities/index.ts';
import type { Orm } from '#db/orm.ts';
import type { Sealer } from '#db/secrets/seal.ts';
import type { GatewayName } from '#domain/vendors.ts';
import type { Executions } from './desk/executions.ts';
import type { Gateway } from './gateways/gateway.ts';
import type { Mailer } from './mailers/mailer.ts';
import type { Panel } from './panels/panel.ts';

/** What activities are made of; `worker/main.ts` wires it, tests hand in fakes or simulators. */
export interface ActivityParts {
  orm: Orm;
  sealer: Sealer;
  gateways: Gateways;
  panels: Panels;
  mailer: Mailer;
  executions: Executions;
  settings: ActivitySettings;
}

export interface ActivitySettings {
  /** Written on every object at a gateway. */
  env: string;
  /** Where customers reach the portal, without a slash at the end. */
  publicUrl: string;
  /** IANA zone of due dates and periods. */
  billingZone: string;
  sellerName: string;
  /** Right part of our Message-IDs. */
  mailDomain: string;
  licensePepper: KeyObject;
  licenseKeyForm: 'extended' | 'four_groups';
  /** Derives one-time links, so that a repeated mail carries the same one. */
  linkKey: Buffer;
}

export interface Gateways {
  /** @throws Error when the gateway is switched off */
  of(name: string): Gateway;
  all(): readonly Gateway[];
  has(name: string): name is GatewayName;
}

/** What is known of a node before its panel is called. */
export type NodeToCall = Pick<
  Node,
  'id' | 'name' | 'baseUrl' | 'credentials' | 'credentialsChangedAt' | 'capabilities'
> & { panel: string };

export interface Panels {
  /** Opens the node's sealed credentials. */
  of(node: NodeToCall): Panel;
}
