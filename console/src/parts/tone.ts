// What a state means for the one who looks at it.
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'quiet';

const tones: Record<string, Tone> = {
  ready: 'good',
  serving: 'good',
  active: 'good',
  running: 'good',
  up: 'good',
  ok: 'good',
  done: 'good',
  valid: 'good',
  in_use: 'good',
  degraded: 'warn',
  changing: 'busy',
  pending: 'busy',
  queued: 'busy',
  deleting: 'busy',
  warning: 'warn',
  unknown: 'warn',
  out: 'warn',
  expired: 'warn',
  paused: 'warn',
  suspended: 'warn',
  stopping: 'busy',
  crashed: 'bad',
  failed: 'bad',
  quarantined: 'bad',
  blocked: 'bad',
  unreachable: 'bad',
  error: 'bad',
  down: 'bad',
};

export function toneOf(state: string): Tone {
  return tones[state] ?? 'quiet';
}
