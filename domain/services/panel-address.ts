import ipaddr from 'ipaddr.js';

export type PanelAddress = { ok: true; baseUrl: string } | { ok: false; because: string };

const refuse = (because: string): PanelAddress => ({ ok: false, because });

/**
 * The address of a panel as it is stored: scheme, host, port, without a slash or `/api` at the end, so that an
 * address pasted from either convention works. Plain http only where nobody outside listens: on loopback and
 * private addresses, and names that only a private network knows.
 * Source: the NextPanel contract, A1. Whether the worker may go there at all is decided by its egress policy.
 */
export function panelAddress(text: string): PanelAddress {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return refuse('is not an address such as https://panel.example:9000');
  }
  const { protocol, hostname, username, password, search, hash, pathname, origin } = url;
  if (protocol !== 'https:' && protocol !== 'http:') return refuse('starts with https://');
  if (username || password) return refuse('has no user name or password in it; the key has its own fields');
  if (search || hash || /[?#]/.test(text)) return refuse('ends with the host, port or path; nothing follows a ? or #');
  if (protocol === 'http:' && !isPrivate(hostname)) {
    return refuse('is https://; plain http is for loopback and private addresses only');
  }
  const path = pathname
    .replace(/\/+$/, '')
    .replace(/\/api(\/v1)?$/, '')
    .replace(/\/+$/, '');
  return { ok: true, baseUrl: `${origin}${path}` };
}

/**
 * Where customers reach a panel that we call there, unless staff say another address.
 * @returns null for an address that only a private network knows: nobody else gets there, and it is nobody's business
 */
export function publicAddressOf(baseUrl: string): string | null {
  const { hostname } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isPublic = ipaddr.isValid(host)
    ? ipaddr.process(host).range() === 'unicast'
    : host.includes('.') && !PRIVATE_NAME.test(host);
  return isPublic ? baseUrl : null;
}

/** RFC 6761, 6762, 8375, and ICANN's `.internal`. */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|lan|home\.arpa)$/;
const PRIVATE = ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat'];

function isPrivate(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (!ipaddr.isValid(host)) return PRIVATE_NAME.test(host);
  return PRIVATE.includes(ipaddr.process(host).range());
}
