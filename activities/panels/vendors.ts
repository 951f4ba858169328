import { nextPanel } from './nextpanel/vendor.ts';
import type { PanelVendor } from './panel-vendor.ts';

/** Every panel there is; a node names its own. */
export const PANEL_VENDORS: readonly PanelVendor[] = [nextPanel];
