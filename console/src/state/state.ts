// All that the console knows, and how news changes it. Pure: no clock, no network.
import type { AnyDocument, Documents, Kind, LanewayEvent, Session, Task } from '../api/types';
import { kinds } from '../api/types';

export type DocumentMaps = { readonly [K in Kind]: ReadonlyMap<string, Documents[K]> };
export type Link = 'connecting' | 'online' | 'offline';

export interface State {
  // 'asking': whether a session is there is not known yet.
  phase: 'asking' | 'logged_out' | 'logged_in';
  note: string; // why there is no session any more
  session: Session | null;
  link: Link;
  isLoaded: boolean;
  documents: DocumentMaps;
  tasks: readonly Task[]; // newest first
  events: readonly LanewayEvent[]; // newest first
}

export type News =
  | { event: 'put'; document: AnyDocument }
  | { event: 'delete'; kind: Kind; name: string; uid: string }
  | { event: 'task'; task: Task }
  | { event: 'event'; happening: LanewayEvent };

export interface Loaded {
  documents: Partial<{ [K in Kind]: Documents[K][] }>;
  tasks: Task[];
  events: LanewayEvent[];
}

export type Action =
  | { type: 'logged_in'; session: Session }
  | { type: 'logged_out'; note: string }
  | { type: 'link'; link: Link }
  | { type: 'loaded'; loaded: Loaded }
  | { type: 'news'; news: readonly News[] };

export const keptTasks = 1000;
export const keptEvents = 1000;

const noDocuments = (): DocumentMaps =>
  Object.fromEntries(kinds.map((kind) => [kind, new Map()])) as unknown as DocumentMaps;

export const initialState: State = {
  phase: 'asking',
  note: '',
  session: null,
  link: 'connecting',
  isLoaded: false,
  documents: noDocuments(),
  tasks: [],
  events: [],
};

function mapsOf(loaded: Loaded['documents']): DocumentMaps {
  const entries = kinds.map((kind) => {
    const items: readonly AnyDocument[] = loaded[kind] ?? [];
    return [kind, new Map(items.map((item) => [item.name, item]))];
  });
  return Object.fromEntries(entries) as DocumentMaps;
}

// One copy of each map that changes, however many changes there are.
function applyDocuments(documents: DocumentMaps, news: readonly News[]): DocumentMaps {
  const copies = new Map<Kind, Map<string, AnyDocument>>();
  const copyOf = (kind: Kind): Map<string, AnyDocument> => {
    const copy = copies.get(kind) ?? new Map<string, AnyDocument>(documents[kind]);
    copies.set(kind, copy);
    return copy;
  };
  for (const one of news) {
    if (one.event === 'put') copyOf(one.document.kind).set(one.document.name, one.document);
    // A name may have been taken anew meanwhile.
    if (one.event === 'delete' && copyOf(one.kind).get(one.name)?.uid === one.uid) copyOf(one.kind).delete(one.name);
  }
  return copies.size === 0 ? documents : ({ ...documents, ...Object.fromEntries(copies) } as DocumentMaps);
}

export function applyTasks(tasks: readonly Task[], news: readonly Task[]): readonly Task[] {
  if (news.length === 0) return tasks;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const fresh: Task[] = [];
  for (const task of news) {
    if (!byId.has(task.id)) fresh.unshift(task);
    byId.set(task.id, task);
  }
  return [...fresh, ...tasks].slice(0, keptTasks).map((task) => byId.get(task.id) ?? task);
}

export function applyEvents(events: readonly LanewayEvent[], news: readonly LanewayEvent[]): readonly LanewayEvent[] {
  const last = events[0]?.number ?? -1;
  const fresh = news.filter((event) => event.number > last);
  return fresh.length === 0 ? events : [...fresh.reverse(), ...events].slice(0, keptEvents);
}

function applyNews(state: State, news: readonly News[]): State {
  return {
    ...state,
    documents: applyDocuments(state.documents, news),
    tasks: applyTasks(
      state.tasks,
      news.flatMap((one) => (one.event === 'task' ? [one.task] : [])),
    ),
    events: applyEvents(
      state.events,
      news.flatMap((one) => (one.event === 'event' ? [one.happening] : [])),
    ),
  };
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'logged_in':
      return { ...initialState, phase: 'logged_in', session: action.session };
    case 'logged_out':
      return { ...initialState, phase: 'logged_out', note: action.note };
    case 'link':
      return state.link === action.link ? state : { ...state, link: action.link };
    case 'loaded': {
      const { documents, tasks, events } = action.loaded;
      return { ...state, isLoaded: true, documents: mapsOf(documents), tasks, events };
    }
    case 'news':
      return action.news.length === 0 ? state : applyNews(state, action.news);
  }
}
