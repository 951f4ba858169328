import { defineEntity, p } from '@mikro-orm/postgresql';

/** What staff may decide, and what each decision does here. */
export interface IncidentChoice {
  action: 'retry' | 'skip' | 'abort';
  does: string;
  /** Fields a retry may replace. */
  fields?: string[];
}

const IncidentSchema = defineEntity({
  name: 'Incident',
  properties: {
    id: p.uuid().primary(),
    workflowId: p.text(),
    workflowType: p.text(),
    step: p.text(),
    /** The error's type: `VendorRefused`, `NoFreeNode`. */
    reason: p.text(),
    adapter: p.text().nullable(),
    customerId: p.uuid().nullable(),
    orderId: p.uuid().nullable(),
    serviceId: p.uuid().nullable(),
    nodeId: p.uuid().nullable(),
    gateway: p.text().nullable(),
    parentId: p.uuid().nullable(),
    message: p.text(),
    choices: p.json<IncidentChoice[]>(),
    status: p.text().$type<'open' | 'decided' | 'healed' | 'closed'>(),
    openedAt: p.datetime(),
    closedAt: p.datetime().nullable(),
  },
});
export class Incident extends IncidentSchema.class {}
IncidentSchema.setClass(Incident);

const IncidentDecisionSchema = defineEntity({
  name: 'IncidentDecision',
  properties: {
    id: p.uuid().primary(),
    incidentId: () => p.manyToOne(Incident).mapToPk().joinColumn('incident_id'),
    actor: p.text(),
    action: p.text().$type<'retry' | 'skip' | 'abort'>(),
    input: p.json<Record<string, string>>(),
    note: p.text(),
    decidedAt: p.datetime(),
  },
});
export class IncidentDecision extends IncidentDecisionSchema.class {}
IncidentDecisionSchema.setClass(IncidentDecision);

const StaffTaskSchema = defineEntity({
  name: 'StaffTask',
  properties: {
    id: p.uuid().primary(),
    key: p.text(),
    kind: p.text(),
    text: p.text(),
    customerId: p.uuid().nullable(),
    orderId: p.uuid().nullable(),
    paymentId: p.uuid().nullable(),
    openedAt: p.datetime(),
    doneAt: p.datetime().nullable(),
    doneBy: p.text().nullable(),
  },
});
export class StaffTask extends StaffTaskSchema.class {}
StaffTaskSchema.setClass(StaffTask);

export type ActorType = 'anonymous' | 'customer' | 'staff' | 'api_key' | 'panel' | 'gateway' | 'workflow' | 'system';

export const deskEntities = [IncidentSchema, IncidentDecisionSchema, StaffTaskSchema];
