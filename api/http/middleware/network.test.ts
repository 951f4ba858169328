import { describe, expect, it } from '@jest/globals';
import { addressList, clientAddress, isLoopback, networkKey } from './network.ts';

describe('who sent a request', () => {
  const proxies = addressList(['10.0.0.0/8', '2001:db8::1']);
  it.each([
    ['no proxy, no header', '203.0.113.9', undefined, '203.0.113.9'],
    ['IN-09: a header from somebody who is no proxy is not believed', '203.0.113.9', '1.1.1.1', '203.0.113.9'],
    ['the proxy names the client', '10.0.0.1', '198.51.100.4', '198.51.100.4'],
    ['IN-09: what the client wrote further left is not believed', '10.0.0.1', '1.1.1.1, 198.51.100.4', '198.51.100.4'],
    ['two proxies of ours', '10.0.0.1', '1.1.1.1, 198.51.100.4, 10.2.3.4', '198.51.100.4'],
    ['a proxy by IPv6', '2001:db8::1', '2001:db8:9::7', '2001:db8:9::7'],
    ['IPv4 in IPv6 clothes', '::ffff:10.0.0.1', '198.51.100.4', '198.51.100.4'],
    ['what is no address', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['only proxies', '10.0.0.1', '10.0.0.2', '10.0.0.1'],
    ['no socket', undefined, '1.1.1.1', 'unknown'],
  ])('%s', (_, peer, forwarded, client) => {
    expect(clientAddress(peer, forwarded, proxies)).toBe(client);
  });

  it('AUTH-04: an IPv6 client is its /64, an IPv4 client its address', () => {
    expect(networkKey('2001:db8:1:2:aaaa::1')).toBe(networkKey('2001:db8:1:2:bbbb::9'));
    expect(networkKey('2001:db8:1:3::1')).not.toBe(networkKey('2001:db8:1:2::1'));
    expect(networkKey('198.51.100.4')).toBe('198.51.100.4');
  });

  it('an address list names what it cannot read', () => {
    expect(() => addressList(['10.0.0.0/8', 'proxy.local'])).toThrow('"proxy.local" is neither');
    expect(addressList([]).empty).toBe(true);
  });

  it('loopback is this machine, by any of its names', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', 'unknown'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
