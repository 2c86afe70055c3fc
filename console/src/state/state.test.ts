import { describe, expect, test } from 'vitest';
import type { LanewayEvent, Session, Task, Volume } from '../api/types';
import { newsOf } from './news';
import { applyEvents, applyTasks, initialState, keptEvents, keptTasks, reduce } from './state';
import type { News, State } from './state';

const session: Session = { user: 'a', role: 'viewer', how: 'session', csrf_token: 'x' };
const volume = (name: string, revision = 1, uid = `uid-${name}`): Volume => ({
  kind: 'volume',
  name,
  uid,
  revision,
  generation: 1,
  created_at: '',
  spec: { kind: 'null', size_bytes: 512, block_bytes: 512 },
  status: { state: 'free', functions: [] },
});
const task = (id: string, state: Task['state'] = 'running'): Task => ({
  id,
  state,
  verb: 'create',
  subject: { kind: 'volume', name: 'v' },
  progress: 0,
  reason: '',
  by: '',
  created_at: '',
  log: [],
});
const event = (number: number): LanewayEvent => ({
  number,
  time: '',
  severity: 'info',
  subject: { kind: 'host', name: 'h' },
  reason: '',
  text: '',
});

function loaded(...volumes: Volume[]): State {
  const state = reduce(initialState, { type: 'logged_in', session });
  return reduce(state, { type: 'loaded', loaded: { documents: { volume: volumes }, tasks: [], events: [] } });
}
const put = (document: Volume): News => ({ event: 'put', document });
const names = (state: State): string[] => [...state.documents.volume.keys()];

describe('documents', () => {
  test('news puts, replaces and deletes, and leaves other kinds as they are', () => {
    const before = loaded(volume('a'), volume('b'));
    const after = reduce(before, {
      type: 'news',
      news: [put(volume('c')), put(volume('a', 2)), { event: 'delete', kind: 'volume', name: 'b', uid: 'uid-b' }],
    });
    expect(names(after)).toEqual(['a', 'c']);
    expect(after.documents.volume.get('a')?.revision).toBe(2);
    expect(after.documents.function).toBe(before.documents.function);
    expect(names(before)).toEqual(['a', 'b']);
  });
  test('a deletion of what had the name before takes nothing away', () => {
    const after = reduce(loaded(volume('a', 5, 'new')), {
      type: 'news',
      news: [{ event: 'delete', kind: 'volume', name: 'a', uid: 'old' }],
    });
    expect(names(after)).toEqual(['a']);
  });
  test('listing anew forgets what is not there any more', () => {
    const state = loaded(volume('a'));
    const again = reduce(state, {
      type: 'loaded',
      loaded: { documents: { volume: [volume('b')] }, tasks: [], events: [] },
    });
    expect(names(again)).toEqual(['b']);
  });
});

describe('sessions', () => {
  test('nothing of a session is left after it', () => {
    const after = reduce(loaded(volume('a')), { type: 'logged_out', note: 'ended' });
    expect(names(after)).toEqual([]);
    expect(after.session).toBeNull();
    expect(after.note).toBe('ended');
  });
  test('a link that stays as it was changes nothing', () => {
    const state = reduce(loaded(), { type: 'link', link: 'offline' });
    expect(reduce(state, { type: 'link', link: 'offline' })).toBe(state);
    expect(reduce(state, { type: 'news', news: [] })).toBe(state);
  });
});

describe('logs', () => {
  test('tasks: the newest first, each once, in its newest state', () => {
    const tasks = applyTasks([task('1')], [task('2'), task('1', 'done'), task('3'), task('3', 'failed')]);
    expect(tasks.map(({ id, state }) => `${id} ${state}`)).toEqual(['3 failed', '2 running', '1 done']);
  });
  test('events: what is known already does not come twice', () => {
    expect(applyEvents([event(2), event(1)], [event(2), event(3), event(4)]).map(({ number }) => number)).toEqual([
      4, 3, 2, 1,
    ]);
  });
  test('both are bounded', () => {
    const many = Array.from({ length: keptTasks + 50 }, (_, index) => index);
    expect(
      applyTasks(
        [],
        many.map((index) => task(String(index))),
      ),
    ).toHaveLength(keptTasks);
    expect(applyEvents([], many.map(event))).toHaveLength(keptEvents);
  });
});

describe('messages of the watch', () => {
  test('kinds and events that a newer lanewayd may have are passed over', () => {
    expect(newsOf({ id: '', event: 'put', data: '{"kind":"toaster","name":"t"}' })).toBeNull();
    expect(newsOf({ id: '', event: 'weather', data: '{}' })).toBeNull();
    expect(newsOf({ id: '', event: 'put', data: '{"kind":"constructor","name":"t"}' })).toBeNull();
  });
  test('the others become news', () => {
    expect(newsOf({ id: '', event: 'delete', data: '{"kind":"volume","name":"v","uid":"u"}' })).toEqual({
      event: 'delete',
      kind: 'volume',
      name: 'v',
      uid: 'u',
    });
  });
});
