// The connection to lanewayd: everything is listed once, then followed by one stream of news for the whole page. A
// stream that ends or says nothing is begun anew, from the last message on where lanewayd still knows it.
import { getSession, listAll, listLog, setCsrfToken } from '../api/client';
import { ProblemError } from '../api/problem';
import { SseParser } from '../api/sse';
import type { SseMessage } from '../api/sse';
import { kinds, kindsOfAdministrators } from '../api/types';
import type { Kind, LanewayEvent, Session, Task } from '../api/types';
import { newsOf } from './news';
import { isAtLeast } from './roles';
import type { Loaded, News } from './state';
import { currentState, dispatch } from './store';

const silenceMs = 40_000; // lanewayd's heartbeat comes every 15 s
const pausesMs = [250, 1000, 2000, 4000];
const sessionEnded = 'Your session has ended. Log in again to go on where you were.';

let running: AbortController | null = null;

export function pauseAfter(failures: number): number {
  return pausesMs[Math.min(failures, pausesMs.length) - 1] ?? 0;
}

async function loadAll(session: Session, signal: AbortSignal): Promise<Loaded> {
  const mine = kinds.filter(
    (kind) => isAtLeast(session.role, 'administrator') || !kindsOfAdministrators.includes(kind),
  );
  const documents: Partial<Record<Kind, unknown>> = {};
  const load = async (kind: Kind): Promise<void> => {
    documents[kind] = await listAll(kind, signal);
  };
  const [tasks, events] = await Promise.all([
    listLog<Task>('tasks', '', signal),
    listLog<LanewayEvent>('events', '', signal),
    ...mine.map(load),
  ]);
  return { documents: documents as Loaded['documents'], tasks: tasks.items, events: events.items };
}

// One stream, from its beginning to its end; the id of its last message.
class Stream {
  lastId = '';
  private readonly parser = new SseParser();

  constructor(
    private readonly session: Session,
    private readonly stop: AbortSignal,
  ) {}

  async run(): Promise<void> {
    const end = new AbortController();
    const abort = (): void => end.abort();
    this.stop.addEventListener('abort', abort);
    addEventListener('offline', abort);
    try {
      await this.read(end);
    } finally {
      this.stop.removeEventListener('abort', abort);
      removeEventListener('offline', abort);
      end.abort();
    }
  }

  private async read(end: AbortController): Promise<void> {
    let silence = setTimeout(() => end.abort(), silenceMs);
    try {
      const headers: Record<string, string> = this.lastId === '' ? {} : { 'Last-Event-ID': this.lastId };
      const response = await fetch('/api/v1/watch', { headers, signal: end.signal, credentials: 'same-origin' });
      if (response.status === 401) throw new SessionEnded();
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      // News of before the lists were read is in the stream as well, and does no harm after them.
      if (this.lastId === '') dispatch({ type: 'loaded', loaded: await loadAll(this.session, end.signal) });
      dispatch({ type: 'link', link: 'online' });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(silence);
        silence = setTimeout(() => end.abort(), silenceMs);
        await this.take(this.parser.push(piece.value), end.signal);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private async take(messages: readonly SseMessage[], signal: AbortSignal): Promise<void> {
    if (messages.some((message) => message.event === 'reset')) {
      dispatch({ type: 'loaded', loaded: await loadAll(this.session, signal) });
    }
    const news: News[] = messages.flatMap((message) => newsOf(message) ?? []);
    dispatch({ type: 'news', news });
    this.lastId = messages.at(-1)?.id ?? this.lastId;
  }
}

class SessionEnded extends Error {}

function isSessionEnded(error: unknown): boolean {
  return error instanceof SessionEnded || (error instanceof ProblemError && error.status === 401);
}

// Until the time is over, or the browser says that there is a network again.
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      removeEventListener('online', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    addEventListener('online', finish);
  });
}

async function follow(session: Session, stop: AbortSignal): Promise<void> {
  let stream = new Stream(session, stop);
  for (let failures = 0; !stop.aborted; ) {
    const before = stream.lastId;
    try {
      await stream.run();
    } catch (error) {
      if (stop.aborted) return;
      if (isSessionEnded(error)) return endSession(sessionEnded);
    }
    if (stop.aborted) return;
    failures = stream.lastId === before ? failures + 1 : 1;
    const lastId = stream.lastId;
    stream = new Stream(session, stop);
    stream.lastId = lastId;
    dispatch({ type: 'link', link: 'offline' });
    await pause(pauseAfter(failures));
  }
}

export function beginSession(session: Session): void {
  running?.abort();
  running = new AbortController();
  setCsrfToken(session.csrf_token ?? '');
  dispatch({ type: 'logged_in', session });
  void follow(session, running.signal);
}

export function endSession(note: string): void {
  running?.abort();
  running = null;
  setCsrfToken('');
  if (currentState().phase !== 'logged_out') dispatch({ type: 'logged_out', note });
}

// A change or a look was answered with 401: the session has ended behind our back.
export function noticeProblem(error: unknown): void {
  if (currentState().phase === 'logged_in' && isSessionEnded(error)) endSession(sessionEnded);
}

// At the start of the page: is there a session still?
export async function resume(): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      return beginSession(await getSession());
    } catch (error) {
      if (isSessionEnded(error)) return endSession('');
    }
    dispatch({ type: 'link', link: 'offline' });
    await pause(pauseAfter(failures));
  }
}
