/**
 * Where to go after signing in: an address of these pages, whatever the link said (WEB-07).
 * @returns path with search and hash
 */
export function safeNext(next: string | undefined, otherwise: string): string {
  if (!next?.startsWith('/')) return otherwise;
  const { origin, pathname, search, hash } = new URL(next, location.origin);
  return origin === location.origin ? `${pathname}${search}${hash}` : otherwise;
}
