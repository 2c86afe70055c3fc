// Times: absolute in the reader's zone, and how long ago.
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export function timeText(utc: string): string {
  const time = Date.parse(utc);
  return Number.isNaN(time) ? utc : absolute.format(time);
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

// The time of day of seconds since 1970.
export function clockText(timeS: number): string {
  return clock.format(timeS * 1000);
}

export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

export function agoText(utc: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(utc)) / 1000;
  return seconds < 5 ? 'just now' : `${spanText(seconds)} ago`;
}
