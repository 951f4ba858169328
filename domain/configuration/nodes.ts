import { list, type Variable } from './variable.ts';

/** How panels are reached. */
export const NODE_VARIABLES = {
  EGRESS_ALLOW: {
    readers: ['worker'],
    schema: list,
    says: 'private addresses panels may have: `host-or-CIDR:port`, or `http://host:port` for plain HTTP, by comma',
  },
} as const satisfies Record<string, Variable>;
