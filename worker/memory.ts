import { setFlagsFromString } from 'node:v8';

/**
 * Left alone, V8 lets a heap grow as long as the machine has memory, and each worker has two: its own and the workflow
 * sandbox's. These bounds suit 100 cached workflows with room; NODE_OPTIONS, where it says something, wins.
 */
export function boundMemory(): void {
  if (process.env.NODE_OPTIONS?.includes('space-size')) return;
  setFlagsFromString('--max-old-space-size=224');
  setFlagsFromString('--max-semi-space-size=4');
}
