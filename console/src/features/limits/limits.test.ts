import { describe, expect, test } from 'vitest';
import { bytesScale, draftOf, iopsScale, limitText, limitsOf, limitsPatch, limitsSummary, stepOf } from './limits';

describe('what is sent', () => {
  test('a patch has what changed only, and null for what goes away', () => {
    const before = draftOf({ iops_max: 100, bytes_max: 4096, iops_burst: 7 });
    expect(limitsPatch(before, { ...before, iops_max: 200, bytes_max: 0 })).toEqual({ iops_max: 200, bytes_max: null });
    expect(limitsPatch(before, before)).toEqual({});
  });
  test('a new document has no zeroes', () => {
    expect(limitsOf(draftOf({ iops_max: 5, read_iops_max: 0 }))).toEqual({ iops_max: 5 });
    expect(limitsOf(draftOf(undefined))).toEqual({});
  });
});

describe('sliders', () => {
  test.each([
    ['requests', iopsScale],
    ['bytes', bytesScale],
  ])('%s: from none upwards, no step twice', (_, scale) => {
    expect(scale[0]).toBe(0);
    expect(scale.every((value, index) => index === 0 || value > (scale[index - 1] ?? 0))).toBe(true);
    scale.forEach((value, index) => expect(stepOf(scale, value)).toBe(index));
  });
  test('a value between two steps is at the nearer one, one beyond at the end', () => {
    expect(iopsScale[stepOf(iopsScale, 4900)]).toBe(5000);
    expect(stepOf(iopsScale, 1)).toBe(1);
    expect(stepOf(iopsScale, 1e12)).toBe(iopsScale.length - 1);
  });
});

test('words', () => {
  expect(limitText('iops_max', 0)).toBe('no limit');
  expect(limitText('iops_max', 5000)).toBe('5,000 a second');
  expect(limitText('read_bytes_max', 1 << 20)).toBe('1 MiB/s');
  expect(limitsSummary({ iops_max: 300, read_bytes_max: 1 << 20 })).toBe('300 requests/s, 1 MiB/s read');
  expect(limitsSummary(undefined)).toBe('');
});
