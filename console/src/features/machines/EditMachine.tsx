// Changes a machine's definition; it counts at its next start.
import { useState } from 'react';
import { change } from '../../api/client';
import type { Machine } from '../../api/types';
import { parseSize, sizeInput } from '../../format/numbers';
import { Dialog } from '../../parts/Dialog';
import { CheckField, TextField } from '../../parts/fields';

export function EditMachine({ of: machine, onClose }: { of: Machine; onClose: () => void }) {
  const { spec } = machine;
  const [cpus, setCpus] = useState(String(spec.cpus));
  const [memory, setMemory] = useState(sizeInput(spec.memory_bytes));
  const [autostart, setAutostart] = useState(spec.autostart);
  const bytes = parseSize(memory);
  const wish = { cpus: Number(cpus), memory_bytes: bytes, autostart };
  const changed = Object.entries(wish).filter(([key, value]) => spec[key as keyof typeof wish] !== value);
  return (
    <Dialog
      title={`Change ${machine.name}`}
      verb="Save"
      isReady={bytes !== null}
      fields={['spec.cpus', 'spec.memory_bytes', 'spec.autostart']}
      explanation="Processors and memory count from its next start on."
      onClose={onClose}
      onSend={() => change('machine', machine, Object.fromEntries(changed))}
    >
      <TextField label="Processors" field="spec.cpus" isRequired type="number" value={cpus} onChange={setCpus} />
      <TextField
        label="Memory"
        field="spec.memory_bytes"
        isRequired
        value={memory}
        onChange={setMemory}
        wrong={bytes === null ? 'Give a size such as 512M or 8G.' : undefined}
      />
      <CheckField label="Starts with the host" field="spec.autostart" isChecked={autostart} onChange={setAutostart} />
    </Dialog>
  );
}
