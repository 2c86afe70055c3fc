import { expect, test } from 'vitest';
import { firstWish, machineOf } from './wish';

test('a machine of its name only is the smallest there is', () => {
  expect(machineOf({ ...firstWish, name: 'vm1' })).toEqual({
    name: 'vm1',
    spec: { cpus: 1, memory_bytes: 1024 ** 3, functions: [], autostart: false, network: { kind: 'user' } },
    start: true,
  });
});

test('what is given is sent, and keys are one a line', () => {
  const wish = machineOf({
    ...firstWish,
    disk: 'd',
    network: 'bridge',
    networkName: 'br0',
    user: 'anna',
    sshKeys: ' ssh-ed25519 A a \n\nssh-ed25519 B b\n',
  });
  expect(wish.spec).toMatchObject({ functions: ['d'], network: { kind: 'bridge', name: 'br0' } });
  expect(wish.cloud_init).toEqual({ user: 'anna', ssh_keys: ['ssh-ed25519 A a', 'ssh-ed25519 B b'] });
});
