import type { PanelName } from '#domain/vendors.ts';
import type { Panel } from './panel.ts';

/** How a vendor's folder is switched on: the one thing of it that `vendors.ts` knows. */
export interface PanelVendor {
  name: PanelName;
  /** @throws Error when the credentials are not the vendor's; it never repeats them */
  open(node: NodeToOpen): Panel;
}

export interface NodeToOpen {
  /** Our name of the node, for messages. */
  name: string;
  baseURL: string;
  /** As they were sealed, JSON. */
  credentials: string;
  capabilities: readonly string[];
  /** The guarded fetch of the process. */
  fetch: typeof globalThis.fetch;
}
