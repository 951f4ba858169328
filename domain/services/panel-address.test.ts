import { describe, expect, it } from '@jest/globals';
import { panelAddress, publicAddressOf } from './panel-address.ts';

describe('the address of a panel', () => {
  const stored: [because: string, pasted: string, baseUrl: string][] = [
    ['as it is', 'https://panel.example:9000', 'https://panel.example:9000'],
    ['a slash at the end', 'https://panel.example:9000/', 'https://panel.example:9000'],
    ['the older convention', 'https://panel.example:9000/api', 'https://panel.example:9000'],
    ['the same with a slash', ' https://panel.example/api/ ', 'https://panel.example'],
    ['with the version', 'https://panel.example/api/v1', 'https://panel.example'],
    ['below a path', 'https://panel.example/np/api/v1//', 'https://panel.example/np'],
    ['only one /api is cut', 'https://panel.example/api/api', 'https://panel.example/api'],
    ['capitals', 'HTTPS://Panel.Example', 'https://panel.example'],
    ['http on loopback', 'http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['http on loopback, by name', 'http://localhost:9000/api', 'http://localhost:9000'],
    ['http on a private address', 'http://10.1.2.3:9000', 'http://10.1.2.3:9000'],
    ['http on a private address of IPv6', 'http://[fd00::12]:9000', 'http://[fd00::12]:9000'],
    ['http to a name of a private network', 'http://panel.internal:9000', 'http://panel.internal:9000'],
  ];
  it.each(stored)('is stored in one way: %s', (_because, pasted, baseUrl) => {
    expect(panelAddress(pasted)).toEqual({ ok: true, baseUrl });
  });

  const refused: [because: string, pasted: string, says: string][] = [
    ['http to a public name', 'http://panel.example:9000', 'plain http'],
    ['http to a public address', 'http://203.0.113.7:9000', 'plain http'],
    ['http to a public name that begins like a private one', 'http://localhost.example', 'plain http'],
    ['http to the metadata address', 'http://169.254.169.254', 'plain http'],
    ['http to a public address inside IPv6', 'http://[::ffff:203.0.113.7]', 'plain http'],
    ['credentials', 'https://root:secret@panel.example', 'user name'],
    ['a query', 'https://panel.example/?key=1', 'nothing follows'],
    ['an empty query', 'https://panel.example/?', 'nothing follows'],
    ['a fragment', 'https://panel.example/#a', 'nothing follows'],
    ['another scheme', 'ftp://panel.example', 'https://'],
    ['a script', 'javascript:alert(1)', 'https://'],
    ['no address', 'panel.example', 'not an address'],
  ];
  it.each(refused)('SSRF-05: is refused with %s', (_because, pasted, says) => {
    const { ok, because } = panelAddress(pasted) as { ok: boolean; because: string };
    expect(ok).toBe(false);
    expect(because).toContain(says);
    expect(because).not.toContain('secret');
  });
});

describe('where customers reach a panel', () => {
  it.each(['https://panel.example:9000', 'https://8.8.8.8:9000', 'https://panel.example/np'])(
    'is where we call it: %s',
    (baseUrl) => {
      expect(publicAddressOf(baseUrl)).toBe(baseUrl);
    },
  );

  it.each([
    'http://127.0.0.1:4003',
    'https://10.1.2.3:9000',
    'https://[fd00::12]:9000',
    'https://169.254.1.1',
    'https://[::ffff:10.1.2.3]',
    'https://localhost:9000',
    'https://panel.internal',
    'https://panel.internal.',
    'https://panel',
  ])('is not told by a private address: %s', (baseUrl) => {
    expect(publicAddressOf(baseUrl)).toBeNull();
  });
});
