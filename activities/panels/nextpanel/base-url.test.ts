import { describe, expect, it } from '@jest/globals';
import { normalizeBaseURL } from './base-url.ts';

describe('the address of a server, as the operator pastes it', () => {
  it.each([
    ['https://panel.example:9000', 'https://panel.example:9000'],
    ['https://panel.example:9000/', 'https://panel.example:9000'],
    ['https://panel.example:9000///', 'https://panel.example:9000'],
    ['https://panel.example:9000/api', 'https://panel.example:9000'],
    ['https://panel.example:9000/api/', 'https://panel.example:9000'],
    ['https://panel.example:9000/api/v1', 'https://panel.example:9000'],
    ['https://panel.example/api/v1/', 'https://panel.example'],
    ['https://example.com/nextpanel/api', 'https://example.com/nextpanel'],
    ['https://example.com/myapi', 'https://example.com/myapi'],
    ['  https://Panel.Example:443 ', 'https://panel.example'],
    ['panel.example:9000', 'https://panel.example:9000'],
    ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
    ['http://[::1]:9000/', 'http://[::1]:9000'],
    ['http://localhost:9000/api', 'http://localhost:9000'],
    ['http://10.4.0.7:9000', 'http://10.4.0.7:9000'],
    ['http://192.168.1.5', 'http://192.168.1.5'],
    ['http://[fd12::7]:9000', 'http://[fd12::7]:9000'],
    ['http://panel-3.internal:9000', 'http://panel-3.internal:9000'],
  ])('%s is kept as %s', (typed, kept) => {
    expect(normalizeBaseURL(typed)).toBe(kept);
    expect(normalizeBaseURL(kept)).toBe(kept);
  });

  it.each([
    'http://panel.example:9000',
    'http://8.8.8.8',
    'http://localhost.example.com',
    'http://10.0.0.1.example.com',
    'http://[::ffff:8.8.8.8]',
    'http://169.254.169.254',
  ])('%s is refused as not encrypted, unless the operator accepts it', (typed) => {
    expect(() => normalizeBaseURL(typed)).toThrow('is not encrypted');
    expect(normalizeBaseURL(typed, { insecure: true })).toMatch(/^http:/);
  });

  it.each([
    ['', 'is not an address'],
    ['https://', 'is not an address'],
    ['ftp://panel.example', 'begins with ftp:'],
    ['https://admin:secret@panel.example', 'user name or password'],
    ['https://panel.example/?key=1', 'scheme, host and port'],
    ['https://panel.example/#/login', 'scheme, host and port'],
  ])('"%s" is refused: %s', (typed, because) => {
    expect(() => normalizeBaseURL(typed)).toThrow(because);
  });

  it('LOG-02 a password in it does not come back in the message', () => {
    for (const scheme of ['https', 'ftp']) {
      expect(() => normalizeBaseURL(`${scheme}://admin:hunter22@panel.example`)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter22') }),
      );
    }
  });
});
