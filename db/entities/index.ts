import { catalogEntities } from './catalog.ts';
import { deskEntities } from './desk.ts';
import { licenseEntities } from './licenses.ts';
import { mailEntities } from './mail.ts';
import { messageEntities } from './messages.ts';
import { moneyEntities } from './money.ts';
import { nodeEntities } from './nodes.ts';
import { orderEntities } from './orders.ts';
import { peopleEntities } from './people.ts';
import { serviceEntities } from './services.ts';
import { subscriptionEntities } from './subscriptions.ts';

export * from './catalog.ts';
export * from './desk.ts';
export * from './licenses.ts';
export * from './mail.ts';
export * from './messages.ts';
export * from './money.ts';
export * from './nodes.ts';
export * from './orders.ts';
export * from './people.ts';
export * from './services.ts';
export * from './subscriptions.ts';

export const entities = [
  ...peopleEntities,
  ...catalogEntities,
  ...nodeEntities,
  ...orderEntities,
  ...subscriptionEntities,
  ...serviceEntities,
  ...licenseEntities,
  ...moneyEntities,
  ...mailEntities,
  ...messageEntities,
  ...deskEntities,
];
