import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What lists in the Temporal UI can be filtered by. Never personal data: these are not encrypted. */
const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);

export const OpsState = keyword('OpsState');
export const OpsStep = keyword('OpsStep');
export const OpsReason = keyword('OpsReason');
export const Phase = keyword('Phase');
export const Adapter = keyword('Adapter');
export const CustomerId = keyword('CustomerId');
export const ServiceId = keyword('ServiceId');
export const OrderId = keyword('OrderId');
export const NextActionAt = defineSearchAttributeKey('NextActionAt', SearchAttributeType.DATETIME);
