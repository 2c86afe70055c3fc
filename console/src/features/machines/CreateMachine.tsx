// Makes a machine: what it is, what it starts from, and what its guest is told at its first start.
import { FormFieldGroupExpandable, FormFieldGroupHeader } from '@patternfly/react-core';
import { useState } from 'react';
import { createMachine } from '../../api/client';
import { goTo, pathOf } from '../../app/router';
import { parseSize } from '../../format/numbers';
import { Dialog } from '../../parts/Dialog';
import { CheckField, ChoiceField, TextField } from '../../parts/fields';
import { useFreeFunctions } from './free';
import { firstWish, machineOf } from './wish';
import type { MachineWish } from './wish';

const fields = ['name', 'spec.cpus', 'spec.memory_bytes', 'spec.functions', 'spec.network', 'cloud_init'];
const networks = [
  { value: 'user', label: 'Outward only, by QEMU' },
  { value: 'network', label: 'A network of libvirt' },
  { value: 'bridge', label: 'A bridge of this host' },
  { value: 'none', label: 'None' },
];

interface PartProps {
  wish: MachineWish;
  set: (change: Partial<MachineWish>) => void;
}

function Network({ wish, set }: PartProps) {
  const isNamed = wish.network === 'bridge' || wish.network === 'network';
  return (
    <>
      <ChoiceField
        label="Network"
        field="spec.network.kind"
        value={wish.network}
        options={networks}
        onChange={(kind) => set({ network: kind as MachineWish['network'] })}
      />
      {isNamed ? (
        <TextField
          label={wish.network === 'bridge' ? 'Name of the bridge' : 'Name of the network'}
          field="spec.network.name"
          isRequired
          value={wish.networkName}
          onChange={(networkName) => set({ networkName })}
        />
      ) : null}
    </>
  );
}

function FirstStart({ wish, set }: PartProps) {
  return (
    <FormFieldGroupExpandable
      toggleAriaLabel="What its guest is told at its first start"
      header={
        <FormFieldGroupHeader
          titleText={{ text: 'What its guest is told at its first start', id: 'first-start' }}
          titleDescription="Where its image has cloud-init."
        />
      }
    >
      <TextField
        label="Host name"
        field="cloud_init.hostname"
        value={wish.hostname}
        onChange={(hostname) => set({ hostname })}
      />
      <TextField label="User" field="cloud_init.user" value={wish.user} onChange={(user) => set({ user })} />
      <TextField
        label="SSH key"
        field="cloud_init.ssh_keys"
        placeholder="ssh-ed25519 AAAA… you@host"
        value={wish.sshKeys}
        onChange={(sshKeys) => set({ sshKeys })}
      />
    </FormFieldGroupExpandable>
  );
}

export function CreateMachine({ onClose }: { onClose: () => void }) {
  const free = useFreeFunctions();
  const [wish, setWish] = useState<MachineWish>({ ...firstWish, disk: free[0] ?? '' });
  const set = (change: Partial<MachineWish>): void => setWish((now) => ({ ...now, ...change }));
  const isSize = parseSize(wish.memory) !== null;
  const send = async (): Promise<void> => {
    await createMachine(machineOf(wish));
    goTo(pathOf('machines', wish.name));
  };
  return (
    <Dialog
      title="Create machine"
      verb="Create"
      width="medium"
      fields={fields}
      isReady={isSize}
      onSend={send}
      onClose={onClose}
    >
      <TextField label="Name" field="name" isRequired value={wish.name} onChange={(name) => set({ name })} />
      <TextField
        label="Processors"
        field="spec.cpus"
        isRequired
        type="number"
        value={wish.cpus}
        onChange={(cpus) => set({ cpus })}
      />
      <TextField
        label="Memory"
        field="spec.memory_bytes"
        isRequired
        value={wish.memory}
        onChange={(memory) => set({ memory })}
        wrong={isSize ? undefined : 'Give a size such as 512M or 8G.'}
      />
      <ChoiceField
        label="Disk that it starts from"
        field="spec.functions"
        value={wish.disk}
        onChange={(disk) => set({ disk })}
        options={[...free.map((name) => ({ value: name, label: name })), { value: '', label: 'None' }]}
      />
      <Network wish={wish} set={set} />
      <FirstStart wish={wish} set={set} />
      <CheckField label="Start it at once" field="start" isChecked={wish.start} onChange={(start) => set({ start })} />
      <CheckField
        label="Starts with the host"
        field="spec.autostart"
        isChecked={wish.autostart}
        onChange={(autostart) => set({ autostart })}
      />
    </Dialog>
  );
}
