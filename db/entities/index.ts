import { catalogEntities } from './catalog.ts';
import { machineryEntities } from './machinery.ts';
import { moneyEntities } from './money.ts';
import { orderEntities } from './orders.ts';
import { peopleEntities } from './people.ts';

export * from './catalog.ts';
export * from './machinery.ts';
export * from './money.ts';
export * from './orders.ts';
export * from './people.ts';

export const entities = [
  ...peopleEntities,
  ...catalogEntities,
  ...orderEntities,
  ...moneyEntities,
  ...machineryEntities,
];
