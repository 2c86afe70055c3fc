// Server-sent events out of the bytes of a response (HTML standard, 9.2.6). Own, since EventSource shows neither a
// status (a session that has ended) nor the comments that prove that a quiet connection lives.
export interface SseMessage {
  id: string;
  event: string;
  data: string;
}

export class SseParser {
  private rest = '';
  private id = '';
  private event = '';
  private data: string[] = [];

  // What is complete now; the beginning of the next message is kept.
  push(text: string): SseMessage[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    const messages: SseMessage[] = [];
    for (const line of lines) {
      const message = this.take(line.replace(/\r$/, ''));
      if (message) messages.push(message);
    }
    return messages;
  }

  private take(line: string): SseMessage | null {
    if (line === '') return this.finish();
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') this.id = value;
    if (field === 'event') this.event = value;
    if (field === 'data') this.data.push(value);
    return null;
  }

  private finish(): SseMessage | null {
    const message = { id: this.id, event: this.event === '' ? 'message' : this.event, data: this.data.join('\n') };
    const isEmpty = this.data.length === 0;
    this.event = '';
    this.data = [];
    return isEmpty ? null : message;
  }
}
