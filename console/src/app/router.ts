// Places of the console are plain paths: /functions/ and /functions/NAME/. The slash at the end matters: a name may
// have a dot in it, and the server takes a path that ends in one for a file.
import { useSyncExternalStore } from 'react';

export interface Place {
  page: string; // '' is the first screen
  name: string;
}

export function placeOf(path: string): Place {
  const [page = '', name = ''] = path.split('/').filter((part) => part !== '');
  return { page, name: safeDecode(name) };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function pathOf(page: string, name = ''): string {
  if (page === '') return '/';
  return name === '' ? `/${page}/` : `/${page}/${encodeURIComponent(name)}/`;
}

const listeners = new Set<() => void>();
let isMoved = false;

// Somebody came here from another place of the console, not by loading the page.
export function hasMoved(): boolean {
  return isMoved;
}

export function goTo(path: string): void {
  isMoved = true;
  history.pushState(null, '', path);
  scrollTo(0, 0);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}
