// Limits as a form has them: 0 is none. Pure.
import type { Limits } from '../../api/types';
import { countText, sizeText } from '../../format/numbers';

export const limitKeys = [
  'iops_max',
  'read_iops_max',
  'write_iops_max',
  'bytes_max',
  'read_bytes_max',
  'write_bytes_max',
  'iops_burst',
  'read_iops_burst',
  'write_iops_burst',
  'bytes_burst',
  'read_bytes_burst',
  'write_bytes_burst',
  'iops_min',
  'bytes_min',
  'burst_duration_ms',
] as const;
export type LimitKey = (typeof limitKeys)[number];
export type Draft = Readonly<Record<LimitKey, number>>;

export function draftOf(limits: Limits | undefined): Draft {
  return Object.fromEntries(limitKeys.map((key) => [key, limits?.[key] ?? 0])) as Draft;
}

// What a new document is given.
export function limitsOf(draft: Draft): Limits {
  return Object.fromEntries(limitKeys.flatMap((key) => (draft[key] > 0 ? [[key, draft[key]]] : [])));
}

// What is changed (RFC 7396): null takes one away.
export function limitsPatch(before: Draft, after: Draft): Record<string, number | null> {
  const changed = limitKeys.filter((key) => before[key] !== after[key]);
  return Object.fromEntries(changed.map((key) => [key, after[key] > 0 ? after[key] : null]));
}

export function isOfBytes(key: LimitKey): boolean {
  return key.includes('bytes');
}

export function limitText(key: LimitKey, value: number): string {
  if (value === 0) return 'no limit';
  if (key === 'burst_duration_ms') return `${countText(value)} ms`;
  return isOfBytes(key) ? `${sizeText(value)}/s` : `${countText(value)} a second`;
}

const words: Record<string, string> = {
  iops_max: 'requests',
  read_iops_max: 'reads',
  write_iops_max: 'writes',
  bytes_max: '',
  read_bytes_max: 'read',
  write_bytes_max: 'written',
};

// "at most 5,000 requests a second, 200 MiB/s": what a table has room for.
export function limitsSummary(limits: Limits | undefined): string {
  const draft = draftOf(limits);
  const parts = Object.entries(words).flatMap(([key, word]) => {
    const value = draft[key as LimitKey];
    if (value === 0) return [];
    return [isOfBytes(key as LimitKey) ? `${sizeText(value)}/s ${word}`.trim() : `${countText(value)} ${word}/s`];
  });
  return parts.join(', ');
}

// Sliders move over round values that lie close together where they are small.
function scaleOf(firstValue: number, base: number, mantissas: readonly number[], decades: number): number[] {
  const values = [0];
  for (let decade = 0; decade < decades; decade++) {
    for (const mantissa of mantissas) values.push(Math.round(firstValue * mantissa * base ** decade));
  }
  return [...values, firstValue * base ** decades];
}
export const iopsScale = scaleOf(10, 10, [1, 1.5, 2, 3, 4, 5, 6, 8], 6);
export const bytesScale = scaleOf(64 * 1024, 2, [1, 1.5], 20);

// The step that is nearest; what is beyond the scale is at its end.
export function stepOf(scale: readonly number[], value: number): number {
  if (value === 0) return 0;
  let best = 1;
  scale.forEach((each, index) => {
    const isNearer = Math.abs(Math.log(each / value)) < Math.abs(Math.log((scale[best] ?? 1) / value));
    if (index > 0 && isNearer) best = index;
  });
  return best;
}
