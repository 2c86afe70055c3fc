// Figures as people read them. Sizes are powers of 1024, as in the command line.
const letters = ['K', 'M', 'G', 'T', 'P', 'E'];

function short(value: number): string {
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toString() : value.toFixed(1).replace(/\.0$/, '');
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  let value = bytes / 1024;
  let power = 0;
  while (value >= 1023.95 && power + 1 < letters.length) {
    value /= 1024;
    power += 1;
  }
  return `${short(value)} ${letters[power] ?? ''}iB`;
}

// "64M", "64 MiB", "1.5g" or a plain number of bytes; null where it is none of these.
export function parseSize(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgtpe])(?:i?b)?|b)?\s*$/i.exec(text);
  if (!match?.[1]) return null;
  const power = match[2] ? letters.indexOf(match[2].toUpperCase()) + 1 : 0;
  const bytes = Number(match[1]) * 1024 ** power;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

// What parseSize takes, exactly: "64M", or the number where no power of 1024 divides it.
export function sizeInput(bytes: number): string {
  let value = bytes;
  let power = 0;
  while (value >= 1024 && value % 1024 === 0 && power < letters.length) {
    value /= 1024;
    power += 1;
  }
  return `${value}${power === 0 ? '' : (letters[power - 1] ?? '')}`;
}

const counts = new Intl.NumberFormat('en');
export function countText(count: number): string {
  return counts.format(Math.round(count));
}

export function shortCount(count: number): string {
  if (count < 10_000) return countText(count);
  if (count < 1_000_000) return `${short(count / 1000)} k`;
  return `${short(count / 1_000_000)} M`;
}

export function durationText(ns: number): string {
  if (ns < 1000) return `${Math.round(ns)} ns`;
  if (ns < 1e6) return `${short(ns / 1e3)} µs`;
  if (ns < 1e9) return `${short(ns / 1e6)} ms`;
  return `${short(ns / 1e9)} s`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}
