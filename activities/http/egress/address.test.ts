import { describe, expect, it } from '@jest/globals';
import { judgeAddress } from './address.ts';

describe('SSRF-02 what an address is', () => {
  it.each([
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'the zero network'],
    ['169.254.169.254', 'the metadata service of most clouds'],
    ['169.254.0.1', 'link-local'],
    ['224.0.0.1', 'multicast'],
    ['239.255.255.250', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['192.0.0.8', 'IETF protocol assignments'],
    ['192.0.0.192', 'the metadata service of Oracle'],
    ['192.0.2.1', 'TEST-NET-1'],
    ['198.51.100.7', 'TEST-NET-2'],
    ['203.0.113.9', 'TEST-NET-3'],
    ['198.18.0.1', 'benchmarking'],
    ['192.88.99.1', 'the 6to4 relay'],
    ['100.100.100.200', 'the metadata service of Alibaba'],
    ['168.63.129.16', "Azure's wire server"],
    ['::', 'unspecified'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['febf::1', 'link-local, the last of it'],
    ['fec0::1', 'site-local, deprecated'],
    ['ff02::1', 'multicast'],
    ['fd00:ec2::254', 'the metadata service of AWS'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['100::1', 'discard'],
    ['2001:2::1', 'benchmarking'],
    ['2001:10::1', 'ORCHID'],
    ['4000::1', 'not given out'],
    ['5f00::1', 'segment routing'],
    ['::ffff:169.254.169.254', 'mapped'],
    ['::ffff:a9fe:a9fe', 'mapped, in hexadecimal'],
    ['::169.254.169.254', 'compatible'],
    ['::ffff:0:169.254.169.254', 'translated'],
    ['64:ff9b::a9fe:a9fe', 'NAT64'],
    ['64:ff9b:1::a9fe:a9fe', 'NAT64 of the local kind'],
    ['2002:a9fe:a9fe::1', '6to4'],
    ['2001:0:a9fe:a9fe::1', "Teredo, by its server's address"],
    ['2001:0:808:808::5601:5601', 'Teredo, by its inverted client'],
    ['2606:4700::5efe:169.254.169.254', 'ISATAP'],
    ['not-an-address', 'no address at all'],
    ['', 'nothing'],
  ])('%s is never called: %s', (address) => {
    expect(judgeAddress(address).kind).toBe('blocked');
  });

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback, the last of it'],
    ['10.0.0.1', 'RFC 1918'],
    ['172.16.0.1', 'RFC 1918'],
    ['172.31.255.255', 'RFC 1918, the last of it'],
    ['192.168.1.1', 'RFC 1918'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['::1', 'loopback'],
    ['fc00::1', 'unique local'],
    ['fd12:3456::1', 'unique local'],
    ['::ffff:127.0.0.1', 'mapped'],
    ['::ffff:7f00:1', 'mapped, in hexadecimal'],
    ['::10.0.0.1', 'compatible'],
    ['64:ff9b::10.0.0.1', 'NAT64'],
    ['2002:c0a8:101::1', '6to4'],
    ['2001:0:a00:1::f7f7:f7f7', 'Teredo by its server, though the client is public'],
    ['2606:4700::5efe:10.0.0.1', 'ISATAP'],
    ['0x7f.0.0.1', 'loopback in hexadecimal'],
    ['2130706433', 'loopback as one number'],
  ])('%s is reached only where it is listed: %s', (address) => {
    expect(judgeAddress(address).kind).toBe('private');
  });

  it.each([
    ['8.8.8.8', 'an ordinary one'],
    ['172.15.255.255', 'just before RFC 1918'],
    ['172.32.0.1', 'just after RFC 1918'],
    ['100.63.255.255', 'just before carrier-grade NAT'],
    ['100.128.0.1', 'just after carrier-grade NAT'],
    ['223.255.255.254', 'just before multicast'],
    ['2606:4700:4700::1111', 'an ordinary one'],
    ['::ffff:8.8.8.8', 'mapped from a public one'],
    ['64:ff9b::8.8.8.8', 'NAT64 of a public one'],
    ['2002:808:808::1', '6to4 of a public one'],
  ])('%s is public: %s', (address) => {
    expect(judgeAddress(address).kind).toBe('public');
  });
});
