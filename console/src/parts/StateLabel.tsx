// A state as a word with a colour and a sign: never by colour alone.
import { Label } from '@patternfly/react-core';
import { toneOf } from './tone';
import type { Tone } from './tone';

const statuses = { good: 'success', warn: 'warning', bad: 'danger', busy: 'info' } as const;

export function StateLabel({ state, tone, text }: { state: string; tone?: Tone; text?: string }) {
  const shown = tone ?? toneOf(state);
  const words = text ?? state.replaceAll('_', ' ');
  if (shown === 'quiet') return <Label isCompact>{words}</Label>;
  return (
    <Label isCompact status={statuses[shown]}>
      {words}
    </Label>
  );
}
