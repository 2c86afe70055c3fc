// Where a machine's serial console and screen are: WebSockets beside the API, of this same server.
export function socketOf(name: string, what: 'serial' | 'screen', query = ''): string {
  return `wss://${location.host}/api/v1/machines/${encodeURIComponent(name)}/${what}${query}`;
}

const normal = 1000;
const goingAway = 1001;

// A browser does not tell a page why a WebSocket was refused.
export function endOf(code: number, wasOpen: boolean): string {
  if (!wasOpen) return 'It could not be opened: somebody else may have it, or the machine is off.';
  if (code === normal) return 'It has ended: the machine stopped, or somebody else took it over.';
  return code === goingAway ? 'lanewayd has stopped.' : 'The connection was lost.';
}
