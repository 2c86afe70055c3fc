import { expect, test } from 'vitest';
import { SseParser } from './sse';

test('messages come whole however the bytes are cut', () => {
  const text = 'id: e-7\nevent: put\ndata: {"a":1}\n\n: heartbeat\n\nevent: task\ndata: 1\ndata: 2\n\n';
  for (let cut = 0; cut <= text.length; cut++) {
    const parser = new SseParser();
    const messages = [...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))];
    expect(messages).toEqual([
      { id: 'e-7', event: 'put', data: '{"a":1}' },
      { id: 'e-7', event: 'task', data: '1\n2' },
    ]);
  }
});

test('what has no data is no message, and its event is not carried over', () => {
  const parser = new SseParser();
  expect(parser.push('event: put\n\ndata: x\n\n')).toEqual([{ id: '', event: 'message', data: 'x' }]);
});

test('lines may end as on Windows', () => {
  expect(new SseParser().push('event: a\r\ndata: b\r\n\r\n')).toEqual([{ id: '', event: 'a', data: 'b' }]);
});
