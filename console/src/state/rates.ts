// What all functions do now, for the first screen and the list: one request every three seconds for all of them.
import { useState } from 'react';
import { listStats } from '../api/client';
import type { FunctionCounters } from '../api/types';
import { append, emptyHistory, rateOf } from '../charts/history';
import type { History } from '../charts/history';
import { usePoll } from './poll';

const everyMs = 3000;

export interface Rate {
  iops: number;
  bytes: number;
}

export interface Rates {
  byName: ReadonlyMap<string, Rate>;
  total: Rate | null; // null: not known (yet)
  iops: History; // reads, writes of all
  bytes: History;
  before: { atMs: number; counters: ReadonlyMap<string, FunctionCounters> } | null;
}

export const noRates: Rates = {
  byName: new Map(),
  total: null,
  iops: emptyHistory(2),
  bytes: emptyHistory(2),
  before: null,
};

export function withCounters(rates: Rates, items: readonly FunctionCounters[], atMs: number): Rates {
  const counters = new Map(items.map((item) => [item.name, item]));
  const before = rates.before;
  if (!before) return { ...rates, before: { atMs, counters } };
  const seconds = (atMs - before.atMs) / 1000;
  const byName = new Map<string, Rate>();
  const sums = { reads: 0, writes: 0, read_bytes: 0, write_bytes: 0 };
  for (const now of items) {
    const then = before.counters.get(now.name);
    const rate = (key: keyof typeof sums): number => {
      const value = rateOf(then ? then[key] : now[key], now[key], seconds);
      sums[key] += value;
      return value;
    };
    byName.set(now.name, { iops: rate('reads') + rate('writes'), bytes: rate('read_bytes') + rate('write_bytes') });
  }
  return {
    byName,
    total: { iops: sums.reads + sums.writes, bytes: sums.read_bytes + sums.write_bytes },
    iops: append(rates.iops, atMs / 1000, [sums.reads, sums.writes]),
    bytes: append(rates.bytes, atMs / 1000, [sums.read_bytes, sums.write_bytes]),
    before: { atMs, counters },
  };
}

export function useRates(): Rates {
  const [rates, setRates] = useState<Rates>(noRates);
  usePoll(
    everyMs,
    async (signal) => {
      const counters = await listStats(signal);
      setRates((now) => withCounters(now, counters, Date.now()));
    },
    () => setRates((now) => ({ ...now, total: null, before: null })),
  );
  return rates;
}
