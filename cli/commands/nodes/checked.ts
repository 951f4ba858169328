import type { z } from 'zod';
import type { CheckedNode } from '#api/contracts/nodes.ts';
import { EXIT, type Exit } from '../failure.ts';
import { mark } from '../output.ts';

/** A node and what its check said, as the API answers. */
export type Checked = z.infer<typeof CheckedNode>;

/** Each step of the check with its mark, then what it comes to. */
export const linesOf = ({ node, check, note }: Checked): string[] => [
  `${node.name}  ${node.base_url}${node.version === null ? '' : `, version ${node.version}`}`,
  ...(check?.steps ?? []).map(({ name, ok, message }) => `  ${mark(ok)} ${name}: ${message}`),
  note,
];

/** @param failed  how it ends when the check did not pass */
export const endOf = ({ check }: Checked, failed: Exit): Exit =>
  check === null ? EXIT.unreachable : check.ok ? EXIT.done : failed;
