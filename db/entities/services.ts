import { defineEntity, p } from '@mikro-orm/postgresql';
import { Node } from './nodes.ts';
import { Customer } from './people.ts';
import { Subscription } from './subscriptions.ts';

const ServiceSchema = defineEntity({
  name: 'Service',
  properties: {
    id: p.uuid().primary(),
    reference: p.text(),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    subscriptionId: () => p.manyToOne(Subscription).mapToPk().joinColumn('subscription_id'),
    nodeId: () => p.manyToOne(Node).mapToPk().joinColumn('node_id').nullable(),
    holdsSlot: p.boolean(),
    username: p.text().nullable(),
    externalId: p.text().nullable(),
    madeByUs: p.boolean(),
    status: p.text().$type<'pending' | 'provisioning' | 'active' | 'suspended' | 'canceled' | 'terminated'>(),
    createdAt: p.datetime(),
    activeAt: p.datetime().nullable(),
  },
});
export class Service extends ServiceSchema.class {}
ServiceSchema.setClass(Service);

const ServiceSecretSchema = defineEntity({
  name: 'ServiceSecret',
  properties: {
    id: p.uuid().primary(),
    serviceId: () => p.manyToOne(Service).mapToPk().joinColumn('service_id'),
    customerId: () => p.manyToOne(Customer).mapToPk().joinColumn('customer_id'),
    purpose: p.text().$type<'initial_password' | 'new_password'>(),
    sealed: p.blob(),
    createdAt: p.datetime(),
  },
});
export class ServiceSecret extends ServiceSecretSchema.class {}
ServiceSecretSchema.setClass(ServiceSecret);

export const serviceEntities = [ServiceSchema, ServiceSecretSchema];
