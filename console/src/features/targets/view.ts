// Paths of a target in a few words.
import type { Target } from '../../api/types';

type Sessions = Target['status']['sessions'];

export function pathsSummary(sessions: Sessions): string {
  const counts = new Map<string, number>();
  for (const { state } of sessions) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}
