// What is said of a function in one word.
import type { VirtualFunction } from '../../api/types';

export function guestOf({ status }: VirtualFunction): string {
  if (status.driver_active) return 'in use';
  return status.attached ? 'attached' : 'no guest';
}

// Serving, and yet its disk is not well.
export function trouble({ status }: VirtualFunction): string | null {
  if (status.state !== 'serving' || !status.health || status.health.state === 'ok') return null;
  return `${status.health.state}: ${status.health.reason.replaceAll('_', ' ')}`;
}

export function lostPaths({ status }: VirtualFunction): number {
  return (status.paths ?? []).filter((path) => path.state === 'failed' || path.state === 'out').length;
}
