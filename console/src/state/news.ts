// From the messages of /api/v1/watch to news; what this console does not know is passed over.
import type { SseMessage } from '../api/sse';
import type { AnyDocument, Kind, LanewayEvent, Task } from '../api/types';
import { plurals } from '../api/types';
import type { News } from './state';

function isKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(plurals, kind);
}

export function newsOf(message: SseMessage): News | null {
  const data = JSON.parse(message.data) as Record<string, unknown>;
  switch (message.event) {
    case 'put':
      return isKind(data.kind) ? { event: 'put', document: data as unknown as AnyDocument } : null;
    case 'delete':
      return isKind(data.kind)
        ? { event: 'delete', kind: data.kind, name: String(data.name), uid: String(data.uid) }
        : null;
    case 'task':
      return { event: 'task', task: data as unknown as Task };
    case 'event':
      return { event: 'event', happening: data as unknown as LanewayEvent };
    default:
      return null;
  }
}
