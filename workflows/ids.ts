export { orderWorkflow, settlementWorkflow, subscriptionWorkflow } from '#domain/workflow-ids.ts';
