/**
 * A UUIDv7 from a given instant and source of chance: inside a workflow both are replayed. It imports nothing, since
 * every run of a workflow evaluates what its file imports.
 * @param random  as `Math.random`
 */
export function idAt(atMs: number, random: () => number): string {
  const hex = (digits: number, value: number) => value.toString(16).padStart(digits, '0');
  const chance = (bits: number) => Math.floor(random() * 2 ** bits);
  const time = hex(12, atMs);
  // Version 7 before the first random digits, variant 10 before the second.
  const tail = `7${hex(3, chance(12))}-${hex(4, 0x8000 + chance(14))}-${hex(6, chance(24))}${hex(6, chance(24))}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-${tail}`;
}
