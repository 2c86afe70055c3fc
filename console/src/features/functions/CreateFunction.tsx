// Makes a function on a volume that is free, or on one that is made with it.
import { useState } from 'react';
import { create } from '../../api/client';
import { goTo, pathOf } from '../../app/router';
import { Dialog } from '../../parts/Dialog';
import { CheckField, ChoiceField, TextField } from '../../parts/fields';
import { useDocuments } from '../../state/store';

interface Wish {
  name: string;
  volume: string;
  policy: string;
  queues: string;
  serial: string;
  isReadOnly: boolean;
}

function specOf(wish: Wish): unknown {
  return {
    volume: wish.volume,
    policy: wish.policy,
    read_only: wish.isReadOnly,
    ...(wish.queues === '' ? {} : { queues: Number(wish.queues) }),
    ...(wish.serial === '' ? {} : { serial: wish.serial }),
  };
}

const fields = ['name', 'spec.volume', 'spec.policy', 'spec.queues', 'spec.serial', 'spec.read_only'];

export function CreateFunction({ volume = '', onClose }: { volume?: string; onClose: () => void }) {
  const volumes = useDocuments('volume');
  const policies = useDocuments('policy');
  const free = [...volumes.values()].filter(({ status }) => status.state === 'free').map(({ name }) => name);
  const first = volume === '' ? (free[0] ?? '') : volume;
  const [wish, setWish] = useState<Wish>({
    name: '',
    volume: first,
    policy: '',
    queues: '',
    serial: '',
    isReadOnly: false,
  });
  const set = (change: Partial<Wish>): void => setWish((now) => ({ ...now, ...change }));
  const send = async (): Promise<void> => {
    await create('function', wish.name, specOf(wish));
    goTo(pathOf('functions', wish.name));
  };
  const choices = free.length === 0 ? [{ value: '', label: 'No volume is free: make one first' }] : [];
  return (
    <Dialog
      title="Create function"
      verb="Create"
      fields={fields}
      onSend={send}
      onClose={onClose}
      explanation="The disk device that one guest sees."
    >
      <TextField label="Name" field="name" isRequired value={wish.name} onChange={(name) => set({ name })} />
      <ChoiceField
        label="Volume"
        field="spec.volume"
        isRequired
        value={wish.volume}
        onChange={(chosen) => set({ volume: chosen })}
        options={[...choices, ...free.map((name) => ({ value: name, label: name }))]}
      />
      <ChoiceField
        label="Policy"
        field="spec.policy"
        value={wish.policy}
        onChange={(policy) => set({ policy })}
        help="Limits that several functions share or each have."
        options={[{ value: '', label: 'None' }, ...[...policies.keys()].map((name) => ({ value: name, label: name }))]}
      />
      <TextField
        label="Queues"
        field="spec.queues"
        type="number"
        placeholder="4"
        value={wish.queues}
        onChange={(queues) => set({ queues })}
      />
      <TextField
        label="Serial number"
        field="spec.serial"
        help="What the guest reads; its name where nothing is given."
        value={wish.serial}
        onChange={(serial) => set({ serial })}
      />
      <CheckField
        label="Read-only"
        field="spec.read_only"
        isChecked={wish.isReadOnly}
        onChange={(isReadOnly) => set({ isReadOnly })}
      />
    </Dialog>
  );
}
