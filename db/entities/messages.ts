import { defineEntity, p } from '@mikro-orm/postgresql';

const WebhookInboxSchema = defineEntity({
  name: 'WebhookInbox',
  properties: {
    id: p.uuid().primary(),
    gateway: p.text(),
    account: p.text(),
    eventId: p.text(),
    type: p.text(),
    subject: p.text(),
    objectId: p.text(),
    checkoutId: p.text().nullable(),
    gatewayPaymentId: p.text().nullable(),
    invoiceId: p.uuid().nullable(),
    attemptId: p.uuid().nullable(),
    source: p.text().$type<'webhook' | 'sweep'>(),
    livemode: p.boolean(),
    payload: p.json(),
    eventAt: p.datetime(),
    receivedAt: p.datetime(),
    outcome: p.text().$type<'told' | 'ignored'>().nullable(),
  },
});
export class WebhookInbox extends WebhookInboxSchema.class {}
WebhookInboxSchema.setClass(WebhookInbox);

const GatewayCertificateSchema = defineEntity({
  name: 'GatewayCertificate',
  properties: {
    url: p.text().primary(),
    gateway: p.text(),
    pem: p.text(),
    fetchedAt: p.datetime(),
    validUntil: p.datetime(),
  },
});
export class GatewayCertificate extends GatewayCertificateSchema.class {}
GatewayCertificateSchema.setClass(GatewayCertificate);

export const messageEntities = [WebhookInboxSchema, GatewayCertificateSchema];
