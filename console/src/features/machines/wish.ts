// What a new machine is asked to be, as its form has it. Pure.
import { parseSize } from '../../format/numbers';

export interface MachineWish {
  name: string;
  cpus: string;
  memory: string;
  disk: string; // the function that it starts from; '' is none
  network: 'none' | 'user' | 'bridge' | 'network';
  networkName: string;
  hostname: string;
  user: string;
  sshKeys: string; // one a line
  autostart: boolean;
  start: boolean;
}

export const firstWish: MachineWish = {
  name: '',
  cpus: '1',
  memory: '1G',
  disk: '',
  network: 'user',
  networkName: '',
  hostname: '',
  user: '',
  sshKeys: '',
  autostart: false,
  start: true,
};

function cloudInitOf({ hostname, user, sshKeys }: MachineWish): Record<string, unknown> | null {
  const keys = sshKeys.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (hostname === '' && user === '' && keys.length === 0) return null;
  return {
    ...(hostname === '' ? {} : { hostname }),
    ...(user === '' ? {} : { user }),
    ...(keys.length === 0 ? {} : { ssh_keys: keys }),
  };
}

export function machineOf(wish: MachineWish): Record<string, unknown> {
  const cloudInit = cloudInitOf(wish);
  const isNamed = wish.network === 'bridge' || wish.network === 'network';
  return {
    name: wish.name,
    spec: {
      cpus: Number(wish.cpus),
      memory_bytes: parseSize(wish.memory),
      functions: wish.disk === '' ? [] : [wish.disk],
      autostart: wish.autostart,
      network: { kind: wish.network, ...(isNamed ? { name: wish.networkName } : {}) },
    },
    ...(cloudInit ? { cloud_init: cloudInit } : {}),
    start: wish.start,
  };
}
