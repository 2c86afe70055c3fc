// The disks of a machine: functions are attached and detached while it runs.
import { Button, Content } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';
import { attachFunction, change, detachFunction } from '../../api/client';
import type { Machine, MachineDisk } from '../../api/types';
import { Dialog } from '../../parts/Dialog';
import { ChoiceField } from '../../parts/fields';
import { Nothing } from '../../parts/Nothing';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { useAct } from '../../state/act';
import { useMay } from '../../state/roles';
import { useFreeFunctions } from './free';

function Attach({ of: machine, onClose }: { of: Machine; onClose: () => void }) {
  const free = useFreeFunctions();
  const [name, setName] = useState(free[0] ?? '');
  const options =
    free.length === 0
      ? [{ value: '', label: 'No function is free: make one first' }]
      : free.map((each) => ({ value: each, label: each }));
  return (
    <Dialog
      title={`Attach a function to ${machine.name}`}
      verb="Attach"
      isReady={name !== ''}
      fields={['function']}
      explanation="Its guest sees a new disk, now and after every start. The task says when the guest uses it."
      onSend={() => attachFunction(machine.name, name)}
      onClose={onClose}
    >
      <ChoiceField label="Function" field="function" isRequired value={name} options={options} onChange={setName} />
    </Dialog>
  );
}

function Detach({ of: machine, name, onClose }: { of: Machine; name: string; onClose: () => void }) {
  return (
    <Dialog
      title={`Detach ${name} from ${machine.name}?`}
      verb="Detach"
      isDangerous
      onClose={onClose}
      onSend={() => detachFunction(machine.name, name)}
    >
      <Content component="p">
        Its guest is asked to let go of the disk; unmount it there first. The function stays.
      </Content>
    </Dialog>
  );
}

function presence({ live, stored }: MachineDisk, isOn: boolean): string {
  if (!isOn) return 'at its start';
  if (live && stored) return 'now and at its next start';
  return live ? 'now only' : 'from its next start on';
}

interface RowProps {
  disk: MachineDisk;
  isOn: boolean;
  onDetach: ((name: string) => void) | null;
}

function Row({ disk, isOn, onDetach }: RowProps) {
  const { function: name } = disk;
  return (
    <Tr>
      <Td>{disk.target}</Td>
      <Td>{disk.bus}</Td>
      <Td>
        {name ? (
          <PlaceLink page="functions" name={name} />
        ) : (
          <span title={disk.source}>{disk.source || disk.kind}</span>
        )}
      </Td>
      <Td>{presence(disk, isOn)}</Td>
      <Td>
        {name && onDetach ? (
          <Button variant="link" isInline aria-label={`Detach ${name}`} onClick={() => onDetach(name)}>
            Detach
          </Button>
        ) : null}
      </Td>
    </Tr>
  );
}

// Functions need memory that QEMU shares with the engine.
function SharedMemory({ of: machine }: { of: Machine }) {
  const act = useAct();
  const mayChange = useMay('operator');
  if (machine.spec.shared_memory) return null;
  return (
    <>
      <Content component="p">
        Its memory is not shared, which functions need.{' '}
        {mayChange ? (
          <Button
            variant="link"
            isInline
            isDisabled={act.isBusy}
            onClick={() => void act.run(() => change('machine', machine, { shared_memory: true }))}
          >
            Share it from its next start on
          </Button>
        ) : null}
      </Content>
      <ProblemAlert problem={act.problem} />
    </>
  );
}

export function Disks({ of: machine }: { of: Machine }) {
  const [isAttaching, setAttaching] = useState(false);
  const [leaving, setLeaving] = useState('');
  const mayChange = useMay('operator');
  const { disks, state } = machine.status;
  const isOn = state !== 'stopped' && state !== 'crashed';
  const attach = mayChange ? (
    <Button variant="secondary" size="sm" onClick={() => setAttaching(true)}>
      Attach function
    </Button>
  ) : undefined;
  return (
    <Panel title="Disks" className="lw-wide" actions={attach}>
      <SharedMemory of={machine} />
      {disks.length === 0 ? (
        <Nothing title="It has no disk" />
      ) : (
        <div className="lw-scroll-across" tabIndex={0} role="region" aria-label="Disks, scrolls">
          <Table role="table" variant="compact" borders={false} aria-label="Disks" gridBreakPoint="">
            <Thead>
              <Tr>
                {['Target', 'Bus', 'What it is', 'It has it', 'Actions'].map((title) => (
                  <Th key={title}>{title}</Th>
                ))}
              </Tr>
            </Thead>
            <Tbody>
              {disks.map((disk) => (
                <Row key={disk.target} disk={disk} isOn={isOn} onDetach={mayChange ? setLeaving : null} />
              ))}
            </Tbody>
          </Table>
        </div>
      )}
      {isAttaching ? <Attach of={machine} onClose={() => setAttaching(false)} /> : null}
      {leaving === '' ? null : <Detach of={machine} name={leaving} onClose={() => setLeaving('')} />}
    </Panel>
  );
}
