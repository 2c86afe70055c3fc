// A log, newest first: its newest page, what news added since (`live`), and older pages as they are asked for.
import { useEffect, useMemo, useState } from 'react';
import { listLog } from '../api/client';
import type { Page } from '../api/types';
import { useAct } from './act';
import type { Act } from './act';

export interface Log<T> {
  items: readonly T[];
  act: Act;
  older: (() => void) | null; // null: there is nothing older
}

// The newest state of each, in the order in which they come.
export function merged<T>(live: readonly T[], pages: readonly T[], idOf: (item: T) => string): T[] {
  const known = new Map<string, T>();
  for (const item of [...live, ...pages]) {
    if (!known.has(idOf(item))) known.set(idOf(item), item);
  }
  return [...known.values()];
}

export function useLog<T>(log: 'tasks' | 'events' | 'audit', live: readonly T[], idOf: (item: T) => string): Log<T> {
  const act = useAct();
  const { run } = act;
  const [pages, setPages] = useState<Page<T>>({ items: [] });
  useEffect(() => {
    const stop = new AbortController();
    void run(async () => {
      const first = await listLog<T>(log, '', stop.signal);
      if (!stop.signal.aborted) setPages(first);
    });
    return () => stop.abort();
  }, [log, run]);
  const after = pages.continue;
  const older = (): void =>
    void run(async () => {
      const next = await listLog<T>(log, after);
      setPages((now) => ({ items: [...now.items, ...next.items], continue: next.continue }));
    });
  const items = useMemo(() => merged(live, pages.items, idOf), [live, pages.items, idOf]);
  return { items, act, older: after ? older : null };
}
