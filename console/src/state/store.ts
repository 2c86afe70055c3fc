// The one state of the page, for React.
import { useSyncExternalStore } from 'react';
import type { Documents, Kind } from '../api/types';
import { initialState, reduce } from './state';
import type { Action, State } from './state';

let state: State = initialState;
const listeners = new Set<() => void>();

export function dispatch(action: Action): void {
  const next = reduce(state, action);
  if (next === state) return;
  state = next;
  for (const listener of listeners) listener();
}

export function currentState(): State {
  return state;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// `select` gives a part of the state, never something new.
export function useStore<T>(select: (state: State) => T): T {
  return useSyncExternalStore(subscribe, () => select(state));
}

export function useDocuments<K extends Kind>(kind: K): ReadonlyMap<string, Documents[K]> {
  return useStore((now) => now.documents[kind]);
}

export function useDocument<K extends Kind>(kind: K, name: string): Documents[K] | undefined {
  return useStore((now) => now.documents[kind].get(name));
}
