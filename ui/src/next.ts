/**
 * Where to go after signing in: an address of these pages, whatever the link said (WEB-07).
 * @returns path with search and hash
 */
export function safeNext(next: string | undefined, otherwise: string, own = location.origin): string {
  if (!next?.startsWith('/')) return otherwise;
  const { origin, pathname, search, hash } = new URL(next, own);
  return origin === own ? `${pathname}${search}${hash}` : otherwise;
}
