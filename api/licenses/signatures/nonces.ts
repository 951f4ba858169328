/**
 * Remembers which nonces were used, about 16 bytes each, without a copy of them: 53 bits of hash, so that of ten
 * million fresh ones one is taken for used about once in a hundred runs. A nonce is remembered for at least
 * `rememberMs`; only beyond `most` of them are the oldest forgotten earlier, which on a route that changes
 * nothing costs nothing.
 */
export interface NonceMemory {
  /** @returns true the first time, false for a repetition */
  use(owner: string, nonce: string, nowMs: number): boolean;
  readonly size: number;
}

interface Segment {
  /** Open addressing; 0 is free. */
  table: Float64Array;
  used: number;
  openedAt: number;
  lastAt: number;
}

const FIRST_SLOTS = 1 << 16;

export function createNonceMemory({ rememberMs = 600_000, most = 4_000_000 } = {}): NonceMemory {
  // A quarter of all in one segment, so that forgetting one forgets no more than that.
  const mostSlots = Math.max(FIRST_SLOTS, 2 ** Math.floor(Math.log2(most / 2)));
  let segments: Segment[] = [];
  let size = 0;

  const open = (nowMs: number, slots: number): Segment => {
    const segment = { table: new Float64Array(slots), used: 0, openedAt: nowMs, lastAt: nowMs };
    segments.push(segment);
    return segment;
  };
  const forget = (nowMs: number) => {
    while (segments.length > 1 && (segments[0]!.lastAt < nowMs - rememberMs || size > most)) {
      size -= segments.shift()!.used;
    }
  };
  /** The segment to write to: a full one is followed by one twice as large, a quarter of the time by a small one. */
  const current = (nowMs: number): Segment => {
    const last = segments.at(-1);
    if (!last) return open(nowMs, FIRST_SLOTS);
    const full = last.used * 2 >= last.table.length;
    if (!full && nowMs - last.openedAt < rememberMs / 4) return last;
    forget(nowMs);
    return open(nowMs, full ? Math.min(last.table.length * 2, mostSlots) : FIRST_SLOTS);
  };

  return {
    use(owner, nonce, nowMs) {
      const mark = hash53(owner, nonce);
      const into = current(nowMs);
      for (let i = segments.length - 1; i >= 0; i -= 1) {
        const segment = segments[i]!;
        if (segment.lastAt < nowMs - rememberMs) break;
        if (segment.table[slotOf(segment.table, mark)] === mark) return false;
      }
      into.table[slotOf(into.table, mark)] = mark;
      into.used += 1;
      into.lastAt = nowMs;
      size += 1;
      return true;
    },
    get size() {
      return size;
    },
  };
}

/** Where the mark is, or the free slot where it would be. Tables are at most half full. */
function slotOf(table: Float64Array, mark: number): number {
  const mask = table.length - 1;
  let slot = (mark % 0x7fffffff) & mask;
  while (table[slot] !== 0 && table[slot] !== mark) slot = (slot + 1) & mask;
  return slot;
}

/** Two 32-bit multiplicative hashes joined to 53 bits; never 0. Only its owner can collide with an owner's nonce. */
function hash53(owner: string, nonce: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  const text = `${owner}\n${nonce}`;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0) || 1;
}
