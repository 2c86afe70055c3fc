import { expect, test } from 'vitest';
import type { VirtualFunction } from '../../api/types';
import { initialState } from '../../state/state';
import { alarmsOf, statesOf } from './alerts';

function one(name: string, status: Partial<VirtualFunction['status']>): [string, VirtualFunction] {
  const whole = {
    state: 'serving',
    reason: '',
    observed_generation: 1,
    attached: false,
    driver_active: false,
    ...status,
  };
  return [name, { kind: 'function', name, status: whole } as VirtualFunction];
}

test('what is worst comes first; what is well does not come', () => {
  const functions = new Map([
    one('well', { health: { state: 'ok', reason: '', remedy: '' } }),
    one('half', {
      paths: [
        { path: 0, target: 't', lun: 1, state: 'failed' },
        { path: 1, target: 't', lun: 1, state: 'active' },
      ],
    }),
    one('ill', { health: { state: 'blocked', reason: 'not_ready', remedy: 'Bring it online.' } }),
    one('gone', { state: 'failed', reason: 'No such file.' }),
  ]);
  const alarms = alarmsOf({ ...initialState.documents, function: functions });
  expect(alarms.map(({ name, severity }) => `${name} ${severity}`)).toEqual([
    'ill error',
    'gone error',
    'half warning',
  ]);
  expect(alarms[0]?.text).toContain('not ready. Bring it online.');
  expect(alarms[2]?.text).toBe('1 of its 2 paths carry nothing.');
});

test('states are counted, the most frequent first', () => {
  const of = (state: string) => ({ status: { state } });
  expect(statesOf([of('failed'), of('serving'), of('serving')])).toEqual([
    ['serving', 2],
    ['failed', 1],
  ]);
});
