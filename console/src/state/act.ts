// Runs one request at a time for a form or a button, and keeps what came of it.
import { useCallback, useState } from 'react';
import { asProblem } from '../api/problem';
import type { Problem } from '../api/types';
import { noticeProblem } from './link';

export interface Act {
  isBusy: boolean;
  problem: Problem | null;
  // True where it went well.
  run: (work: () => Promise<unknown>) => Promise<boolean>;
  forget: () => void;
}

export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = useCallback(async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(asProblem(error));
      noticeProblem(error);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { isBusy, problem, run, forget: useCallback(() => setProblem(null), []) };
}
