// The last requests of a function that were slow, and why, in the engine's own sentences.
import { useState } from 'react';
import { explain } from '../../api/client';
import type { Explanation } from '../../api/types';
import { countText, durationText, sizeText } from '../../format/numbers';
import { agoText } from '../../format/times';
import { Panel } from '../../parts/Panel';
import { useNow } from '../../state/now';
import { usePoll } from '../../state/poll';

const everyMs = 10_000;
const shownMax = 8;

interface Looked {
  explanation: Explanation;
  atMs: number;
}

export function SlowRequests({ name }: { name: string }) {
  const [looked, setLooked] = useState<Looked | null>(null);
  const now = useNow();
  usePoll(
    everyMs,
    async (signal) => setLooked({ explanation: await explain(name, signal), atMs: Date.now() }),
    () => setLooked(null),
  );
  if (!looked || looked.explanation.requests.length === 0) return null;
  const { requests, slow_ns: slowNs, slow_requests: count } = looked.explanation;
  const from = slowNs ? `; slow is ${durationText(slowNs)} and more now` : '';
  return (
    <Panel title="Slow requests" className="lw-wide">
      <p className="lw-note">
        {countText(count ?? requests.length)} since it was opened{from}.
      </p>
      <ul className="lw-slow">
        {requests.slice(0, shownMax).map((request, index) => {
          const at = new Date(looked.atMs - (request.ago_ns ?? 0) / 1e6).toISOString();
          return (
            <li key={index}>
              <strong>{durationText((request.total_us ?? 0) * 1000)}</strong> {request.op} of{' '}
              {sizeText(request.length_bytes ?? 0)} at sector {countText(request.sector ?? 0)},{' '}
              {agoText(at, Math.max(now, looked.atMs))}
              <ul>
                {(request.says ?? []).map((sentence) => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
