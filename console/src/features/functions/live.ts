// The live figures of one function: asked every two seconds while its page is looked at.
import { useState } from 'react';
import { getStats } from '../../api/client';
import { asProblem } from '../../api/problem';
import type { FunctionStats, Problem } from '../../api/types';
import { append, emptyHistory, rateOf } from '../../charts/history';
import type { History } from '../../charts/history';
import { usePoll } from '../../state/poll';
import { stageMean, stageNames } from './stages';

const everyMs = 2000;

export interface Live {
  stats: FunctionStats | null;
  atMs: number;
  iops: History; // reads, writes
  bytes: History; // reads, writes
  stages: History; // as stageNames
  problem: Problem | null;
}

export const noFigures: Live = {
  stats: null,
  atMs: 0,
  iops: emptyHistory(2),
  bytes: emptyHistory(2),
  stages: emptyHistory(stageNames.length),
  problem: null,
};

export function withLook(live: Live, stats: FunctionStats, atMs: number): Live {
  const before = live.stats;
  if (!before) return { ...live, stats, atMs, problem: null };
  const seconds = (atMs - live.atMs) / 1000;
  const rate = (key: 'reads' | 'writes' | 'read_bytes' | 'write_bytes') => rateOf(before[key], stats[key], seconds);
  const timeS = atMs / 1000;
  return {
    stats,
    atMs,
    iops: append(live.iops, timeS, [rate('reads'), rate('writes')]),
    bytes: append(live.bytes, timeS, [rate('read_bytes'), rate('write_bytes')]),
    stages: append(
      live.stages,
      timeS,
      stageNames.map((name) => stageMean(before, stats, name)),
    ),
    problem: null,
  };
}

export function useLive(name: string): Live {
  const [live, setLive] = useState<Live>(noFigures);
  usePoll(
    everyMs,
    async (signal) => {
      const stats = await getStats(name, signal);
      setLive((now) => withLook(now, stats, Date.now()));
    },
    (error) => setLive((now) => ({ ...now, problem: asProblem(error) })),
  );
  return live;
}
