// All limits of a function or a policy: the two that people use first, the others below.
import { ExpandableSection } from '@patternfly/react-core';
import { useState } from 'react';
import type { Rate } from '../../state/rates';
import { countText, sizeText } from '../../format/numbers';
import { TextField } from '../../parts/fields';
import { LimitSlider } from './LimitSlider';
import { limitKeys } from './limits';
import type { Draft, LimitKey } from './limits';

const labels: Record<LimitKey, string> = {
  iops_max: 'Requests a second, at most',
  read_iops_max: 'Reads a second, at most',
  write_iops_max: 'Writes a second, at most',
  bytes_max: 'Bytes a second, at most',
  read_bytes_max: 'Bytes read a second, at most',
  write_bytes_max: 'Bytes written a second, at most',
  iops_burst: 'Requests in a burst',
  read_iops_burst: 'Reads in a burst',
  write_iops_burst: 'Writes in a burst',
  bytes_burst: 'Bytes in a burst',
  read_bytes_burst: 'Bytes read in a burst',
  write_bytes_burst: 'Bytes written in a burst',
  iops_min: 'Requests a second, at least',
  bytes_min: 'Bytes a second, at least',
  burst_duration_ms: 'A burst is let out over (ms)',
};
const firstKeys: readonly LimitKey[] = ['iops_max', 'bytes_max'];
const otherKeys = limitKeys.filter((key) => !firstKeys.includes(key) && key !== 'burst_duration_ms');

interface LimitsEditorProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  rate?: Rate | undefined;
  isReadOnly?: boolean;
}

export function LimitsEditor({ draft, onChange, rate, isReadOnly = false }: LimitsEditorProps) {
  const hasOthers = otherKeys.some((key) => draft[key] > 0);
  const [isOpen, setOpen] = useState(hasOthers);
  const now: Partial<Record<LimitKey, string>> = rate
    ? { iops_max: `now ${countText(rate.iops)}/s`, bytes_max: `now ${sizeText(rate.bytes)}/s` }
    : {};
  const slider = (key: LimitKey) => (
    <LimitSlider
      key={key}
      name={key}
      label={labels[key]}
      value={draft[key]}
      now={now[key]}
      isReadOnly={isReadOnly}
      onChange={(value) => onChange({ ...draft, [key]: value })}
    />
  );
  return (
    <div className="lw-limits">
      {firstKeys.map(slider)}
      <ExpandableSection
        toggleText="More limits: reads, writes, bursts, minimums"
        isExpanded={isOpen}
        onToggle={(_, open) => setOpen(open)}
      >
        <div className="lw-limits">
          {otherKeys.map(slider)}
          <TextField
            label={labels.burst_duration_ms}
            field="spec.limits.burst_duration_ms"
            type="number"
            value={draft.burst_duration_ms === 0 ? '' : String(draft.burst_duration_ms)}
            onChange={(text) => onChange({ ...draft, burst_duration_ms: Math.max(0, Math.round(Number(text))) })}
          />
        </div>
      </ExpandableSection>
    </div>
  );
}
