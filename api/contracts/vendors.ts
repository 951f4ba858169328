/** What people call vendors, for the pages too. */
export { vendorLabel, type GatewayName } from '#domain/vendors.ts';
