import { describe, expect, it } from '@jest/globals';
import { askedOf, explainObstacles, obstacle, rankNodes, type Candidate } from './placement.ts';

const node = (name: string, change: Partial<Candidate> = {}): Candidate => ({
  id: name,
  name,
  panel: 'nextpanel',
  capacity: 100,
  slotsTaken: 0,
  draining: false,
  health: 'healthy',
  packageId: '4',
  ...change,
});

describe('placing a new service', () => {
  it.each([
    [
      'the emptier by fraction wins over the emptier by count',
      [node('big', { capacity: 1_000, slotsTaken: 50 }), node('small', { capacity: 10, slotsTaken: 1 })],
      'big',
    ],
    [
      'at the same fraction the smaller count wins',
      [node('b', { capacity: 200, slotsTaken: 20 }), node('a', { slotsTaken: 10 })],
      'a',
    ],
    ['at the same use the id decides', [node('b'), node('a')], 'a'],
    ['a draining node takes nothing new', [node('a', { draining: true }), node('b', { slotsTaken: 99 })], 'b'],
    ['a failing node is passed over', [node('a', { health: 'failing' }), node('b', { slotsTaken: 99 })], 'b'],
    ['a node without the package is passed over', [node('a', { packageId: null }), node('b', { slotsTaken: 99 })], 'b'],
  ])('%s', (_, nodes, winner) => {
    expect(rankNodes(nodes)[0]!.name).toBe(winner);
  });

  it('has no winner when every node is full, and says of each why', () => {
    const nodes = [
      node('ams-1', { slotsTaken: 100 }),
      node('ams-2', { draining: true }),
      node('fra-1', { capacity: 0 }),
    ];
    expect(rankNodes(nodes)).toEqual([]);
    expect(explainObstacles(nodes)).toBe('ams-1 is full, ams-2 is draining, fra-1 is full.');
    expect(nodes.map(obstacle)).toEqual(['full', 'draining', 'full']);
  });
});

describe('whether a plan can be placed now', () => {
  it.each([
    ['one node of several is enough', [node('a', { draining: true }), node('b', { slotsTaken: 99 })], true],
    ['the last slot is gone', [node('a', { slotsTaken: 100 })], false],
    ['the capacity was lowered below what is taken', [node('a', { capacity: 5, slotsTaken: 9 })], false],
    ['the only node fails its checks', [node('a', { health: 'failing' })], false],
    ['the only node drains', [node('a', { draining: true })], false],
    ['no node has the package', [node('a', { packageId: null })], false],
    ['there is no node', [], false],
  ])('%s', (_, nodes, can) => {
    expect(rankNodes(nodes).length > 0).toBe(can);
  });

  it('is asked of the node alone that staff named', () => {
    const nodes = [node('a'), node('b', { draining: true })];
    expect([undefined, 'a', 'b', 'c'].map((wanted) => rankNodes(askedOf(nodes, wanted)).length > 0)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
