import { expect, test } from 'vitest';
import type { Machine } from '../../api/types';
import { switchesOf } from './power';

const actions = (state: Machine['status']['state']): string[] =>
  switchesOf({ status: { state } } as Machine).map(({ action }) => action);

test('a machine has the switches of its state, and what loses data asks first', () => {
  expect(actions('stopped')).toEqual(['start']);
  expect(actions('paused')).toContain('resume');
  expect(actions('unknown')).toEqual([]);
  const running = switchesOf({ status: { state: 'running' } } as Machine);
  expect(running.find(({ action }) => action === 'force_off')?.warning).toContain('lost');
});
