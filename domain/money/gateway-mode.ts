/** Whether the credentials of a gateway move real money. */
export const GATEWAY_MODES = ['live', 'test'] as const;
export type GatewayMode = (typeof GATEWAY_MODES)[number];
