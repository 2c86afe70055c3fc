import { expect, test } from 'vitest';
import { functionsMax, pictureOf } from './picture';
import type { PathOf } from './picture';

const path = (functionName: string, number: number, state: string, address = `10.0.0.${number}:3260`): PathOf => ({
  functionName,
  path: { path: number, target: 'array', lun: 1, state, address },
});

test('a function, its portals and its disk, with a line for each path', () => {
  const picture = pictureOf([path('vm1', 0, 'active'), path('vm1', 1, 'failed')], new Map());
  expect(picture.columns.map((column) => column.map(({ label }) => label))).toEqual([
    ['vm1'],
    ['10.0.0.0:3260', '10.0.0.1:3260'],
    ['array'],
  ]);
  expect(picture.edges).toHaveLength(4);
  expect(picture.edges.filter(({ state }) => state === 'failed')).toHaveLength(2);
});

test('between the same two the worst state is shown', () => {
  const picture = pictureOf([path('vm1', 0, 'active'), path('vm2', 0, 'failed')], new Map());
  expect(picture.edges.find(({ to }) => to.startsWith('disk'))?.state).toBe('failed');
});

test('a path without an address is drawn at the portal of its target', () => {
  const picture = pictureOf([path('vm1', 0, 'idle', '')], new Map([['array', '10.9.9.9']]));
  expect(picture.columns[1]?.[0]?.label).toBe('10.9.9.9');
});

test('of many functions those in trouble are drawn', () => {
  const many = Array.from({ length: 100 }, (_, index) => path(`vm${index}`, 0, index === 77 ? 'failed' : 'active'));
  const picture = pictureOf(many, new Map());
  expect(picture.columns[0]).toHaveLength(functionsMax);
  expect(picture.columns[0]?.[0]?.label).toBe('vm77');
  expect(picture.leftOut).toBe(100 - functionsMax);
});
