// Which switches a machine has in which state. Pure.
import type { Machine, PowerAction } from '../../api/types';

export interface Switch {
  action: PowerAction;
  label: string;
  warning?: string; // what is asked before
}

const start: Switch = { action: 'start', label: 'Start' };
const stop: Switch = { action: 'stop', label: 'Shut down' };
const reboot: Switch = { action: 'reboot', label: 'Reboot', warning: 'Its guest is asked to start anew.' };
const pause: Switch = { action: 'pause', label: 'Pause' };
const resume: Switch = { action: 'resume', label: 'Resume' };
const forceOff: Switch = {
  action: 'force_off',
  label: 'Force off',
  warning: 'As if its plug were pulled: what its guest has not written yet is lost.',
};

const switches: Record<Machine['status']['state'], readonly Switch[]> = {
  stopped: [start],
  crashed: [start],
  running: [stop, reboot, pause, forceOff],
  paused: [resume, forceOff],
  suspended: [resume, forceOff],
  stopping: [forceOff],
  unknown: [],
};

export function switchesOf({ status }: Machine): readonly Switch[] {
  return switches[status.state];
}
