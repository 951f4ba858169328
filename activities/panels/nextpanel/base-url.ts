import ipaddr from 'ipaddr.js';

/** Names that only a private network knows (RFC 6762, 6761, 8375, and ICANN's `.internal`). */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|lan|home\.arpa)$/;
const PRIVATE_RANGE = new Set<string>(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/**
 * The address of a NextPanel server as we keep it: scheme, host and port, no final slash and no `/api`, so that one
 * pasted from either convention works. Source: nextpanel.md A1.
 * @param insecure  the operator accepts plain http to a public host
 * @throws RangeError with a sentence for the operator
 */
export function normalizeBaseURL(text: string, { insecure = false }: { insecure?: boolean } = {}): string {
  const typed = text.trim();
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`);
  } catch {
    throw new RangeError(`"${text}" is not an address. Write it as https://panel.example:9000.`);
  }
  if (url.username || url.password) {
    throw new RangeError('The address carries a user name or password. Leave them out; the API key is stored apart.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new RangeError(`"${typed}" begins with ${url.protocol}//. Write it as https://panel.example:9000.`);
  }
  if (url.search || url.hash) throw new RangeError(`"${typed}" has a "?" or "#". Give only scheme, host and port.`);
  if (url.protocol === 'http:' && !insecure && !isPrivateHost(url.hostname)) {
    throw new RangeError(
      `${url.origin} is not encrypted, and the secret of the API key would travel in clear. Use https, or accept it as insecure.`,
    );
  }
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/api(\/v1)?$/, '')
    .replace(/\/+$/, '');
  return `${url.origin}${path}`;
}

function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (!ipaddr.isValid(host)) return PRIVATE_NAME.test(host);
  return PRIVATE_RANGE.has(ipaddr.process(host).range());
}
