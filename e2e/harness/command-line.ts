import { afterAll, beforeAll } from '@jest/globals';
import { temporaryFolder } from '#cli/testing/folder.ts';
import { hostwright } from './command.ts';
import { openProduct, type Product } from './product.ts';
import type { Running } from './processes.ts';
import { staffOf, type Staff } from './staff.ts';

/** What `hostwright provision --json` says of a sale. */
export interface SaleRow {
  line: number | null;
  outcome: string;
  repeated: boolean;
  customer: number | null;
  order: string | null;
  order_id: string;
  account: string | null;
  node: string | null;
  panel: string | null;
  license: string | null;
  incident: string | null;
  detail: string;
}

/** The real command line, as a process, against the running product; for one test file. */
export function commandLine(label: string) {
  let product: Product;
  let staff: Staff;
  let env: Record<string, string>;
  let processes: { api: Running; worker: Running };
  const folder = temporaryFolder();
  beforeAll(async () => {
    product = await openProduct(label);
    const [api, worker] = await Promise.all([product.startApi(), product.startWorker()]);
    processes = { api, worker };
    staff = await staffOf(product);
    env = { HOSTWRIGHT_URL: product.api, HOSTWRIGHT_API_KEY: staff.key };
  }, 60_000);
  afterAll(async () => {
    await product?.close();
    folder.remove();
  }, 60_000);

  const run = (...args: string[]) => hostwright(env, args);
  let sales = 0;
  /** Flags of a sale nobody has made yet. */
  const sale = () => {
    sales += 1;
    const flags = { email: `buyer${sales}@harbor-bakery.example`, name: 'Ines Moreau', country: 'FR', plan: 'starter' };
    const all = { ...flags, cycle: 'monthly', currency: 'EUR', reference: `TRANSFER-${sales}` };
    return Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  };
  return {
    get product() {
      return product;
    },
    get staff() {
      return staff;
    },
    get env() {
      return env;
    },
    /** As they were started first. */
    get processes() {
      return processes;
    },
    folder,
    run,
    sale,
    sold: async () => (await run('provision', ...sale(), '--json')).json<SaleRow>(),
  };
}
