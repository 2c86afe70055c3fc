// Asks again and again while the page is looked at: a console in a tab that nobody sees asks nothing, and its session
// ends when it should.
import { useEffect, useRef } from 'react';
import { noticeProblem } from './link';

export function usePoll(
  everyMs: number,
  look: (signal: AbortSignal) => Promise<void>,
  onProblem: (error: unknown) => void,
): void {
  const newest = useRef({ look, onProblem });
  newest.current = { look, onProblem };
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    const turn = async (): Promise<void> => {
      try {
        if (!document.hidden) await newest.current.look(stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return;
        noticeProblem(error);
        newest.current.onProblem(error);
      }
      if (!stop.signal.aborted) timer = window.setTimeout(() => void turn(), everyMs);
    };
    void turn();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [everyMs]);
}
