import type { PanelName } from '#domain/vendors.ts';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Plan } from './catalog.ts';

const NodeSchema = defineEntity({
  name: 'Node',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    panel: p.text().$type<PanelName>(),
    /** Where we call its panel; it may lie in a private network. */
    baseUrl: p.text(),
    /** Where customers reach it; null where nobody said. */
    publicUrl: p.text().nullable(),
    /** Sealed; `db/secrets/seal.ts` opens it for the worker, who has it read; staff may not. */
    credentials: p.blob().lazy(),
    credentialsChangedAt: p.datetime(),
    /** What its panel can and nobody switched off. */
    capabilities: p.array(),
    capabilitiesFound: p.array(),
    capabilitiesOff: p.array(),
    /** When that was looked for, with all else a check looks at. */
    probedAt: p.datetime().nullable(),
    location: p.text().nullable(),
    /** Calls we make at most with its key. */
    callsPerHour: p.integer(),
    callsPerDay: p.integer(),
    capacity: p.integer(),
    slotsTaken: p.integer(),
    draining: p.boolean(),
    health: p.text().$type<'healthy' | 'failing'>(),
    failedChecks: p.integer(),
    goodChecks: p.integer(),
    checkedAt: p.datetime().nullable(),
    version: p.text().nullable(),
    createdAt: p.datetime(),
  },
});
export class Node extends NodeSchema.class {}
NodeSchema.setClass(Node);

const PlanPackageSchema = defineEntity({
  name: 'PlanPackage',
  properties: {
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id').primary(),
    nodeId: () => p.manyToOne(Node).mapToPk().joinColumn('node_id').primary(),
    /** The panel's own id of the package on that node. */
    packageId: p.text(),
  },
});
export class PlanPackage extends PlanPackageSchema.class {}
PlanPackageSchema.setClass(PlanPackage);

const PanelCredentialSchema = defineEntity({
  name: 'PanelCredential',
  properties: {
    id: p.uuid().primary(),
    keyId: p.text(),
    nodeId: () => p.manyToOne(Node).mapToPk().joinColumn('node_id'),
    /** Sealed HMAC secret. */
    secret: p.blob().lazy(),
    scopes: p.array(),
    allowedNetworks: p.array(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    expiresAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});
export class PanelCredential extends PanelCredentialSchema.class {}
PanelCredentialSchema.setClass(PanelCredential);

export const nodeEntities = [NodeSchema, PlanPackageSchema, PanelCredentialSchema];
