import { describe, expect, test } from 'vitest';
import { countText, durationText, parseSize, plural, shortCount, sizeInput, sizeText } from './numbers';
import { agoText, spanText } from './times';

describe('sizes', () => {
  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1048576, '1 MiB'],
    [1048575, '1 MiB'],
    [209715200, '200 MiB'],
    [1099511627776, '1 TiB'],
    [2 ** 60, '1 EiB'],
  ])('%d is %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

  test.each([
    ['64M', 67108864],
    ['64 MiB', 67108864],
    ['1.5g', 1610612736],
    ['512', 512],
    [' 2k ', 2048],
    ['1T', 2 ** 40],
    ['100B', 100],
    ['', null],
    ['a lot', null],
    ['-1M', null],
    ['1Q', null],
    ['0.3', null],
    ['9999999E', null],
  ])('%j is read as %j', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test('what is written for a field is read back exactly', () => {
    for (const bytes of [1, 512, 1000, 1024, 1536, 2 ** 20, 3 * 2 ** 30, 2 ** 40 + 512]) {
      expect(parseSize(sizeInput(bytes))).toBe(bytes);
    }
  });
});

test('counts and times have at most the digits that one reads', () => {
  expect(countText(1234567.4)).toBe('1,234,567');
  expect(shortCount(9999)).toBe('9,999');
  expect(shortCount(123456)).toBe('123 k');
  expect(shortCount(1_500_000)).toBe('1.5 M');
  expect(durationText(999)).toBe('999 ns');
  expect(durationText(1500)).toBe('1.5 µs');
  expect(durationText(212_000_000)).toBe('212 ms');
  expect(durationText(3e9)).toBe('3 s');
  expect(plural(1, 'thing needs', 'things need')).toBe('1 thing needs');
  expect(plural(0, 'task')).toBe('0 tasks');
});

test('spans', () => {
  expect([59, 61, 3700, 90_000].map(spanText)).toEqual(['59 s', '1 min', '1 h 1 min', '1 d 1 h']);
  expect(agoText('2026-11-23T20:10:00.000Z', Date.parse('2026-11-23T20:13:10.000Z'))).toBe('3 min ago');
  expect(agoText('2026-11-23T20:10:00.000Z', Date.parse('2026-11-23T20:09:00.000Z'))).toBe('just now');
});
