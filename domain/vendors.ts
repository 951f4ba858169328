/**
 * Every vendor, by the name that rows, incidents and configuration call it: what it is, and what people call it.
 * Types, lists, labels and registries follow from here; a new vendor is an entry, its folder and a migration.
 */
export const VENDORS = {
  stripe: { kind: 'gateway', label: 'Stripe', offer: { title: 'Card', methods: 'Cards and wallets, through Stripe' } },
  paypal: { kind: 'gateway', label: 'PayPal', offer: { title: 'PayPal', methods: 'PayPal balance, bank and card' } },
  nextpanel: { kind: 'panel', label: 'NextPanel' },
} as const satisfies Record<string, Vendor>;

type Vendor =
  /** `offer`: how customers are told of it where they choose how to pay. */
  { kind: 'gateway'; label: string; offer: { title: string; methods: string } } | { kind: 'panel'; label: string };

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
