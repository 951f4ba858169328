import { firstOrder } from './demo/demo.ts';
import type { AfterReady } from './ready-context.ts';

/** In the order they are called. */
export const AFTER_READY: readonly AfterReady[] = [firstOrder];
