import type { ApiConfiguration } from '#domain/configuration/configuration.ts';
import type { ActingAddresses } from '#db/acting.ts';

/** Where the API signs in as each of those it acts as. */
export const databaseAddresses = (config: ApiConfiguration): ActingAddresses => ({
  api: config.DATABASE_API_URL,
  customer: config.DATABASE_CUSTOMER_URL,
  staff: config.DATABASE_STAFF_URL,
});
