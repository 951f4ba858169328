/**
 * How well a threshold tells two kinds of answers apart by how long they took: the area under the receiver operating
 * characteristic, which is the chance that one of the first took longer than one of the second, ties counting half.
 * @returns 0.5 when it is a coin toss, 1 when it always knows, whichever kind is the slower one
 */
export function tellApart(one: readonly number[], other: readonly number[]): number {
  if (one.length === 0 || other.length === 0) throw new Error('Nothing to tell apart.');
  const all = [...one.map((ms) => ({ ms, first: true })), ...other.map((ms) => ({ ms, first: false }))];
  all.sort((a, b) => a.ms - b.ms);
  let ranks = 0;
  for (let from = 0; from < all.length;) {
    let to = from;
    while (to < all.length && all[to]!.ms === all[from]!.ms) to += 1;
    // Equal ones share the mean of their places, which count from one.
    ranks += all.slice(from, to).filter(({ first }) => first).length * ((from + 1 + to) / 2);
    from = to;
  }
  const area = (ranks - (one.length * (one.length + 1)) / 2) / (one.length * other.length);
  return Math.max(area, 1 - area);
}
