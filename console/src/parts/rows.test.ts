import { describe, expect, test } from 'vitest';
import { hasWords, sorted, windowOf } from './rows';

describe('the rows that are drawn', () => {
  test('those in view and a few around them, however many there are', () => {
    const { first, end } = windowOf(1000, 45, 45 * 500, 900);
    expect(first).toBeLessThanOrEqual(500);
    expect(end).toBeGreaterThanOrEqual(520);
    expect(end - first).toBeLessThan(50);
  });
  test('never beyond what there is', () => {
    expect(windowOf(0, 45, 0, 900)).toEqual({ first: 0, end: 0 });
    expect(windowOf(3, 45, 0, 900)).toEqual({ first: 0, end: 3 });
    // The list became shorter while one looked at its end.
    const late = windowOf(5, 45, 45 * 900, 900);
    expect(late.first).toBeLessThan(late.end);
    expect(late.end).toBe(5);
  });
  test('every row is in one of the windows that follow each other', () => {
    const seen = new Set<number>();
    for (let scrolled = 0; scrolled < 45 * 1000; scrolled += 400) {
      const { first, end } = windowOf(1000, 45, scrolled, 400);
      for (let row = first; row < end; row++) seen.add(row);
    }
    expect(seen.size).toBe(1000);
  });
});

test('names are sorted as people count, numbers by size', () => {
  expect(sorted(['vm10', 'vm2', 'VM1'], (name) => name, false)).toEqual(['VM1', 'vm2', 'vm10']);
  expect(sorted([{ size: 9 }, { size: 10 }], ({ size }) => size, true).map(({ size }) => size)).toEqual([10, 9]);
});

test('every word has to be there', () => {
  expect(hasWords('vm1 disk Gold', 'GOLD vm')).toBe(true);
  expect(hasWords('vm1 disk', 'vm1 gold')).toBe(false);
  expect(hasWords('vm1', '')).toBe(true);
});
