import type { PanelVendor } from '../panel-vendor.ts';
import { createNextPanel } from './adapter.ts';

interface Credentials {
  apiKey: string;
  apiSecret: string;
}

export const nextPanel: PanelVendor = {
  name: 'nextpanel',
  open({ name, baseURL, credentials, capabilities, fetch }) {
    const { apiKey, apiSecret } = JSON.parse(credentials) as Credentials;
    const has = Object.fromEntries(capabilities.map((capability) => [capability, true]));
    return createNextPanel({ node: name, baseURL, apiKey, apiSecret, capabilities: has, fetch });
  },
};
