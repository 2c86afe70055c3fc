// Where requests spent their time between two looks: the mean of each stage. Pure.
import type { FunctionStats } from '../../api/types';

export const stageNames = ['ring', 'limit', 'path', 'engine', 'target', 'disk', 'transfer', 'return'] as const;
export type StageName = (typeof stageNames)[number];

export const stageMeanings: Record<StageName, string> = {
  ring: 'waited in the guest’s ring',
  limit: 'held back by a limit',
  path: 'no session, or a fence',
  engine: 'waited in the engine',
  target: 'at the target and on the network',
  disk: 'at the file, memory or device',
  transfer: 'data on its way',
  return: 'until the guest was told',
};

// Null where no sample came.
export function stageMean(before: FunctionStats | null, after: FunctionStats, stage: string): number | null {
  const now = after.stages[stage];
  if (!now) return null;
  const then = before?.stages[stage];
  const isOlder = (then?.count ?? 0) <= (now.count ?? 0);
  const count = (now.count ?? 0) - (isOlder ? (then?.count ?? 0) : 0);
  const total = (now.total_ns ?? 0) - (isOlder ? (then?.total_ns ?? 0) : 0);
  return count > 0 ? total / count : null;
}

// Those that this function's kind of disk has.
export function stagesOf(stats: FunctionStats): StageName[] {
  return stageNames.filter((name) => Object.hasOwn(stats.stages, name));
}
