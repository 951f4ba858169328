/** What not every panel can, under the names that staff switch them off by. */
export const PANEL_CAPABILITIES = ['licenses', 'packages', 'passwords'] as const;
export type PanelCapability = (typeof PANEL_CAPABILITIES)[number];

/** What of a node's panel is used: what the check found, and nobody switched off. */
export const usedCapabilities = (found: readonly string[], off: readonly string[]): string[] =>
  found.filter((each) => !off.includes(each));
