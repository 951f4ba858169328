import { PANEL_CAPABILITIES, type PanelCapability } from '#domain/services/panel-capabilities.ts';
import type { vendorHttp } from '#activities/http/vendor.ts';
import { ACCOUNTS, ANY_STATUS } from './client.ts';
import { detailOf } from './words.ts';

interface Probe {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  body?: object;
}

/** Calls that change nothing: a list, and requests without any field. Source: nextpanel.md A4, calls 9 to 11. */
const PROBES: Record<PanelCapability, Probe> = {
  licenses: { method: 'POST', path: '/api/v1/licenses/provision', body: {} },
  packages: { method: 'GET', path: '/api/v1/billing/packages' },
  passwords: { method: 'PATCH', path: `${ACCOUNTS}/0`, body: {} },
};

/**
 * Finds out what not every NextPanel has.
 * @returns what is there; a call that was not answered as either counts as absent
 */
export async function probe(http: ReturnType<typeof vendorHttp>): Promise<PanelCapability[]> {
  const found: PanelCapability[] = [];
  for (const capability of PANEL_CAPABILITIES) {
    const { path, ...options } = PROBES[capability];
    const { status, data } = await http(`answer the probe of ${capability}`, path, { ...options, accept: ANY_STATUS });
    if (isThere(status, detailOf(data))) found.push(capability);
  }
  return found;
}

/** A route that is not there is 405, or 404 in the framework's own words; one that is there misses fields, or an account. */
function isThere(status: number, detail: string): boolean {
  if (status === 404) return detail !== '' && !/^not found$/i.test(detail.trim());
  return status === 200 || status === 400 || status === 422;
}
