// All requests of the console; nothing else calls fetch but the watch (watch.ts). The session is in a cookie that
// scripts cannot read; changes carry the token that was given with it.
import { ProblemError, asProblem, problemFrom } from './problem';
import { plurals } from './types';
import type {
  Discovery,
  Documents,
  Explanation,
  FunctionCounters,
  FunctionStats,
  Kind,
  Machine,
  Page,
  PowerAction,
} from './types';
import type { Session, Target, Task, TokenMade } from './types';

const root = '/api/v1';
const timeLimitMs = 90_000;
let csrfToken = '';

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export interface Asked {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

// Rejects with a ProblemError only.
export async function ask<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
  const headers: Record<string, string> = { ...asked.headers };
  if (asked.body !== undefined) headers['Content-Type'] ??= 'application/json';
  if (method !== 'GET') headers['X-CSRF-Token'] = csrfToken;
  let response: Response;
  let body: unknown;
  try {
    const text = asked.body === undefined ? null : JSON.stringify(asked.body);
    const signal = asked.signal ?? AbortSignal.timeout(timeLimitMs);
    response = await fetch(root + path, { method, headers, body: text, signal, credentials: 'same-origin' });
    body = await bodyOf(response);
  } catch (error) {
    throw new ProblemError(asProblem(error));
  }
  if (!response.ok) throw new ProblemError(problemFrom(response.status, body));
  return body as T;
}

function placeOf(kind: Kind, name: string): string {
  return `/${plurals[kind]}/${encodeURIComponent(name)}`;
}

const pageItems = 1000;

// Every document of a kind, page after page.
export async function listAll<K extends Kind>(kind: K, signal?: AbortSignal): Promise<Documents[K][]> {
  const items: Documents[K][] = [];
  let next = '';
  do {
    const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`;
    const page = await ask<Page<Documents[K]>>('GET', `/${plurals[kind]}?limit=${pageItems}${more}`, { signal });
    items.push(...page.items);
    next = page.continue ?? '';
  } while (next !== '');
  return items;
}

export function listLog<T>(log: 'tasks' | 'events' | 'audit', after = '', signal?: AbortSignal): Promise<Page<T>> {
  const more = after === '' ? '' : `&continue=${encodeURIComponent(after)}`;
  return ask('GET', `/${log}?limit=200${more}`, { signal });
}

// The answer comes when the engine is there, or after this time with the task still under way.
const waitS = 20;

export function create<K extends Kind>(kind: K, name: string, spec: unknown): Promise<Documents[K]> {
  return ask('POST', `/${plurals[kind]}?wait=${waitS}`, { body: { name, spec } });
}

// Their changes are tasks, which can be waited for.
const kindsOfTasks: readonly Kind[] = ['target', 'volume', 'function', 'policy', 'user'];

// Changes what is given (RFC 7396), if nobody changed it since `revision`.
export function change<K extends Kind>(kind: K, document: Documents[K], spec: unknown): Promise<Documents[K]> {
  const headers = { 'If-Match': `"${document.revision}"`, 'Content-Type': 'application/merge-patch+json' };
  const wait = kindsOfTasks.includes(kind) ? `?wait=${waitS}` : '';
  return ask('PATCH', `${placeOf(kind, document.name)}${wait}`, { body: { spec }, headers });
}

export function remove(kind: Kind, name: string, isForced = false): Promise<null> {
  return ask('DELETE', `${placeOf(kind, name)}?wait=${waitS}${isForced ? '&force=true' : ''}`);
}

// Rejects as remove() would; nothing changes.
export function wouldRemove(kind: Kind, name: string, isForced = false): Promise<null> {
  return ask('DELETE', `${placeOf(kind, name)}?dry_run=true${isForced ? '&force=true' : ''}`);
}

export const logIn = (user: string, password: string, newPassword: string): Promise<Session> =>
  ask('POST', '/session', { body: { user, password, ...(newPassword === '' ? {} : { new_password: newPassword }) } });
export const getSession = (): Promise<Session> => ask('GET', '/session');
export const logOut = (): Promise<null> => ask('DELETE', '/session');

export const setPassword = (user: string, password: string, current: string): Promise<null> =>
  ask('PUT', `${placeOf('user', user)}/password`, {
    body: { password, ...(current === '' ? {} : { current_password: current }) },
  });
export const createToken = (name: string, spec: unknown): Promise<TokenMade> =>
  ask('POST', '/tokens', { body: { name, spec } });

export const scanTarget = (name: string): Promise<Target> => ask('POST', `${placeOf('target', name)}/scan`);
export const discover = (portal: string): Promise<Discovery> => ask('POST', '/discoveries', { body: { portal } });
export const releaseFunction = (name: string): Promise<null> => ask('POST', `${placeOf('function', name)}/release`);
export const changePath = (name: string, path: number, verb: 'fail' | 'retry'): Promise<null> =>
  ask('POST', `${placeOf('function', name)}/paths/${path}/${verb}`);
export const createMachine = (wish: unknown): Promise<unknown> =>
  ask('POST', `/machines?wait=${waitS}`, { body: wish });
export const powerMachine = (name: string, action: PowerAction): Promise<Machine> =>
  ask('POST', `${placeOf('machine', name)}/power?wait=${waitS}`, { body: { action } });
// The task goes on to see that the guest uses the disk; that is not waited for here.
export const attachFunction = (machine: string, name: string): Promise<Machine> =>
  ask('PUT', `${placeOf('machine', machine)}/functions/${encodeURIComponent(name)}`);
export const detachFunction = (machine: string, name: string): Promise<Machine> =>
  ask('DELETE', `${placeOf('machine', machine)}/functions/${encodeURIComponent(name)}`);
export const cancelTask = (id: string): Promise<Task> => ask('POST', `/tasks/${id}/cancel`);

export const getStats = (name: string, signal?: AbortSignal): Promise<FunctionStats> =>
  ask('GET', `${placeOf('function', name)}/stats`, { signal });
export const explain = (name: string, signal?: AbortSignal): Promise<Explanation> =>
  ask('GET', `${placeOf('function', name)}/explain`, { signal });
export const listStats = async (signal?: AbortSignal): Promise<FunctionCounters[]> =>
  (await ask<Page<FunctionCounters>>('GET', '/stats', { signal })).items;
