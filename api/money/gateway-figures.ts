import { Gauge } from 'prom-client';
import type { ApiConfiguration } from '#domain/configuration/configuration.ts';
import type { Em } from '#db/orm.ts';
import { readGateways } from './read-gateways.ts';

const healthy = new Gauge({
  name: 'hostwright_gateway_healthy',
  help: '1 while the last check of the gateway passed, else 0; the mode is whether its credentials move real money',
  labelNames: ['gateway', 'mode'],
});
const checked = new Gauge({
  name: 'hostwright_gateway_checked_timestamp_seconds',
  help: 'When the gateway was checked last, in seconds since 1970',
  labelNames: ['gateway'],
});

/** Sets the figures of every gateway that was checked; one that never was has none. */
export async function measureGateways(em: Em, config: ApiConfiguration): Promise<void> {
  healthy.reset();
  checked.reset();
  for (const { name, health, mode, checked_at: at } of await readGateways(em, config)) {
    if (health === null || at === null) continue;
    healthy.set({ gateway: name, mode: mode ?? 'unknown' }, Number(health === 'healthy'));
    checked.set({ gateway: name }, Date.parse(at) / 1_000);
  }
}
