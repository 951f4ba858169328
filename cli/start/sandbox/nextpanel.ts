import { address, hex, prefixed, type SandboxVendor } from './sandbox-vendor.ts';

export const nextpanel: SandboxVendor<'nextpanelKeyId' | 'nextpanelKeySecret' | 'nextpanelAdminPassword'> = {
  switch: 'NEXTPANEL_URL',
  own: 'no panel is simulated; nodes are added through the API',
  reads: ['NEXTPANEL_KEY_ID', 'NEXTPANEL_KEY_SECRET', 'NEXTPANEL_ADMIN_PASSWORD'],
  secrets: {
    nextpanelKeyId: prefixed('npk_', 32),
    nextpanelKeySecret: prefixed('nps_', 32),
    nextpanelAdminPassword: hex(16),
  },
  // The name that `simulator/start.ts` gives the administrator.
  signIn: { username: 'admin', password: 'NEXTPANEL_ADMIN_PASSWORD' },
  unlessSet: {
    NEXTPANEL_KEY_ID: ({ secrets }) => secrets.nextpanelKeyId,
    NEXTPANEL_KEY_SECRET: ({ secrets }) => secrets.nextpanelKeySecret,
    NEXTPANEL_ADMIN_PASSWORD: ({ secrets }) => secrets.nextpanelAdminPassword,
  },
  simulated: { EGRESS_ALLOW: ({ ports }) => `${address(ports.nextpanel)},http://localhost:${ports.nextpanel}` },
};
