import { defineEntity, p } from '@mikro-orm/postgresql';
import { Plan } from './catalog.ts';
import { Node } from './nodes.ts';
import { Customer } from './people.ts';
import { Service } from './services.ts';

const LicenseSchema = defineEntity({
  name: 'License',
  properties: {
    id: p.uuid().primary(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    serviceId: () => p.manyToOne(Service).mapToPk().joinColumn('service_id'),
    planId: () => p.manyToOne(Plan).mapToPk().joinColumn('plan_id'),
    /** HMAC-SHA-256 of the normalised key; the pepper is not in the database. */
    keyHash: p.blob().lazy(),
    keySealed: p.blob().lazy(),
    /** First five and last four symbols. */
    keyHint: p.text(),
    status: p.text().$type<'active' | 'suspended' | 'expired' | 'cancelled'>(),
    nodeId: () => p.manyToOne(Node).mapToPk().joinColumn('node_id').nullable(),
    inGrace: p.boolean(),
    unnamedFeatures: p.text().$type<'deny' | 'allow'>(),
    issuedAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
  },
});
export class License extends LicenseSchema.class {}
LicenseSchema.setClass(License);

const LicenseQuotaSchema = defineEntity({
  name: 'LicenseQuota',
  properties: {
    licenseId: () => p.manyToOne(License).mapToPk().joinColumn('license_id').primary(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    feature: p.text().primary(),
    quota: p.integer(),
    gauge: p.integer(),
    held: p.integer(),
    version: p.bigint('number'),
  },
});
export class LicenseQuota extends LicenseQuotaSchema.class {}
LicenseQuotaSchema.setClass(LicenseQuota);

export const licenseEntities = [LicenseSchema, LicenseQuotaSchema];
