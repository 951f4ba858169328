import { describe, expect, it } from '@jest/globals';
import { GATEWAYS, isGateway, PANELS, vendorLabel } from './vendors.ts';

describe('the list of vendors', () => {
  it('is told apart by kind, in the order in which they are offered', () => {
    expect(GATEWAYS).toEqual(['stripe', 'paypal']);
    expect(PANELS).toContain('nextpanel');
    expect(PANELS.filter((name) => isGateway(name))).toEqual([]);
  });

  it.each([
    ['stripe', 'Stripe'],
    ['nextpanel', 'NextPanel'],
    ['recorded', 'staff'],
    ['toString', 'toString'],
    ['somebody-else', 'somebody-else'],
  ])('calls %s %s', (name, label) => {
    expect(vendorLabel(name)).toBe(label);
  });
});
