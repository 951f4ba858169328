import type { StartSimulator } from '#activities/simulation/start.ts';
import { createNextPanelSimulator } from './simulator.ts';

export const start: StartSimulator = ({ setting, stateFile }) =>
  createNextPanelSimulator({
    stateFile,
    // So that the link of the welcome mail can set the account's password.
    patch: true,
    keys: [{ key_id: setting('NEXTPANEL_KEY_ID'), key_secret: setting('NEXTPANEL_KEY_SECRET') }],
    admin: { username: 'admin', password: setting('NEXTPANEL_ADMIN_PASSWORD') },
  });
