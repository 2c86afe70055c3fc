import { expect, test } from 'vitest';
import type { FunctionCounters, FunctionStats } from '../../api/types';
import { append, emptyHistory, keptSamples, rateOf, stacked } from '../../charts/history';
import { noRates, withCounters } from '../../state/rates';
import { noFigures, withLook } from './live';
import { stageMean, stageNames, stagesOf } from './stages';

const stats = (reads: number, targetNs: number, samples: number): FunctionStats => ({
  name: 'vm1',
  state: 'serving',
  reads,
  writes: 0,
  read_bytes: reads * 4096,
  write_bytes: 0,
  errors: 0,
  in_flight: 0,
  waiting: 0,
  read_latency: {},
  write_latency: {},
  stages: { target: { count: samples, total_ns: targetNs }, ring: { count: samples, total_ns: 0 } },
});
const counters = (name: string, reads: number): FunctionCounters => ({
  name,
  state: 'serving',
  reads,
  writes: 0,
  read_bytes: reads * 512,
  write_bytes: 0,
  errors: 0,
  in_flight: 0,
  waiting: 0,
  read_p99_ns: 0,
  write_p99_ns: 0,
});

test('rates are growth by time, from the second look on', () => {
  const first = withLook(noFigures, stats(100, 0, 0), 1000);
  expect(first.iops.times).toHaveLength(0);
  const second = withLook(first, stats(300, 0, 0), 3000);
  expect(second.iops.values[0]).toEqual([100]);
  expect(second.bytes.values[0]).toEqual([409_600]);
});

test('a counter that fell began anew', () => {
  expect(rateOf(1000, 50, 2)).toBe(25);
  expect(rateOf(0, 50, 0)).toBe(0);
});

test('the mean of a stage is that of the samples since the last look', () => {
  expect(stageMean(stats(0, 1000, 10), stats(0, 5000, 20), 'target')).toBe(400);
  expect(stageMean(stats(0, 1000, 10), stats(0, 1000, 10), 'target')).toBeNull();
  expect(stageMean(stats(0, 9000, 90), stats(0, 300, 3), 'target')).toBe(100);
  expect(stageMean(null, stats(0, 300, 3), 'path')).toBeNull();
  expect(stagesOf(stats(0, 0, 0))).toEqual(['ring', 'target']);
  const live = withLook(withLook(noFigures, stats(0, 0, 0), 0), stats(0, 600, 2), 2000);
  expect(live.stages.values[stageNames.indexOf('target')]).toEqual([300]);
});

test('a history is bounded, and areas stand on each other', () => {
  let history = emptyHistory(2);
  for (let time = 0; time < keptSamples + 20; time++) history = append(history, time, [time, null]);
  expect(history.times).toHaveLength(keptSamples);
  expect(history.times[0]).toBe(20);
  expect(
    stacked([
      [1, 2],
      [3, null],
      [10, 20],
    ]),
  ).toEqual([
    [1, 2],
    [4, null],
    [14, 22],
  ]);
});

test('the rates of all: a function that is new counts from its second look on', () => {
  const first = withCounters(noRates, [counters('a', 100)], 1000);
  expect(first.total).toBeNull();
  const second = withCounters(first, [counters('a', 400), counters('b', 9999)], 4000);
  expect(second.byName.get('a')).toEqual({ iops: 100, bytes: 51_200 });
  expect(second.byName.get('b')).toEqual({ iops: 0, bytes: 0 });
  expect(second.total).toEqual({ iops: 100, bytes: 51_200 });
});
