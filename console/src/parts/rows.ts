// Which rows of a long table are drawn, and in which order. Pure.
export interface Window {
  first: number;
  end: number; // one past the last
}

const beyond = 8; // rows drawn above and below what is seen

export function windowOf(count: number, rowPixels: number, scrolled: number, height: number): Window {
  const first = Math.max(0, Math.floor(scrolled / rowPixels) - beyond);
  const end = Math.min(count, Math.ceil((scrolled + height) / rowPixels) + beyond);
  return { first: Math.min(first, Math.max(0, count - 1)), end: Math.max(end, Math.min(count, first + 1)) };
}

export type SortValue = string | number;

// 'vm2' before 'vm10'.
const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

export function compareValues(a: SortValue, b: SortValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return names.compare(String(a), String(b));
}

export function sorted<T>(rows: readonly T[], valueOf: (row: T) => SortValue, isFalling: boolean): T[] {
  const keyed = rows.map((row) => ({ row, value: valueOf(row) }));
  keyed.sort((a, b) => (isFalling ? compareValues(b.value, a.value) : compareValues(a.value, b.value)));
  return keyed.map(({ row }) => row);
}

// Every word of what was typed is somewhere in the text.
export function hasWords(text: string, typed: string): boolean {
  const lower = text.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
