/**
 * Every vendor, by the name that rows, incidents and configuration call it: what it is, and what people call it.
 * Types, lists, labels and registries follow from here; a new vendor is an entry, its folder and a migration.
 */
export const VENDORS = {
  stripe: {
    kind: 'gateway',
    label: 'Stripe',
    offer: { title: 'Card', methods: 'Cards and wallets, through Stripe' },
    // Source: Stripe, "Minimum and maximum charge amounts".
    leastMinor: {
      AED: 200,
      AUD: 50,
      BRL: 50,
      CAD: 50,
      CHF: 50,
      CZK: 1_500,
      DKK: 250,
      EUR: 50,
      GBP: 30,
      HKD: 400,
      HUF: 17_500,
      INR: 50,
      JPY: 50,
      MXN: 1_000,
      MYR: 200,
      NOK: 300,
      NZD: 50,
      PLN: 200,
      RON: 200,
      SEK: 300,
      SGD: 50,
      THB: 1_000,
      USD: 50,
    },
  },
  paypal: {
    kind: 'gateway',
    label: 'PayPal',
    offer: { title: 'PayPal', methods: 'PayPal balance, bank and card' },
    // One unit of what PayPal counts in: these have no decimals there. Source: PayPal, "Currency codes".
    leastMinor: { HUF: 100, TWD: 100 },
  },
  nextpanel: { kind: 'panel', label: 'NextPanel' },
} as const satisfies Record<string, Vendor>;

type Vendor =
  | {
      kind: 'gateway';
      label: string;
      /** How customers are told of it where they choose how to pay. */
      offer: { title: string; methods: string };
      /** The least it takes, in minor units by currency; one minor unit of any other. */
      leastMinor: Record<string, number>;
    }
  | { kind: 'panel'; label: string };

type NamesOf<Kind extends Vendor['kind']> = {
  [Name in keyof typeof VENDORS]: (typeof VENDORS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof VENDORS];

export type GatewayName = NamesOf<'gateway'>;
export type PanelName = NamesOf<'panel'>;
/** Where the money of an order is taken: at a gateway, or outside, recorded by staff. */
export type PaidThrough = GatewayName | 'recorded';

/** In the order in which customers are offered them. */
export const GATEWAYS = namesOf('gateway');
export const PANELS = namesOf('panel');
/** The panel of plans and nodes that name none. */
export const DEFAULT_PANEL: PanelName = PANELS[0];

export const isGateway = (name: string): name is GatewayName => (GATEWAYS as readonly string[]).includes(name);

/** What people call a vendor; a name that is none stays as it is. */
export const vendorLabel = (name: string): string =>
  name === 'recorded' ? 'staff' : Object.hasOwn(VENDORS, name) ? VENDORS[name as keyof typeof VENDORS].label : name;

function namesOf<Kind extends Vendor['kind']>(kind: Kind) {
  const names = Object.entries(VENDORS).flatMap(([name, vendor]) => (vendor.kind === kind ? [name] : []));
  return names as [NamesOf<Kind>, ...NamesOf<Kind>[]];
}
