// One virtual machine.
import { Alert, Button } from '@patternfly/react-core';
import { useState } from 'react';
import type { Machine } from '../../api/types';
import { plural, sizeText } from '../../format/numbers';
import { Facts } from '../../parts/Facts';
import { Missing } from '../../parts/Missing';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { useMay } from '../../state/roles';
import { useDocument } from '../../state/store';
import { EventsOf } from '../events/EventsOf';
import { Consoles } from './Consoles';
import { Disks } from './Disks';
import { EditMachine } from './EditMachine';
import { Emulated } from './Emulated';
import { PowerButtons } from './PowerButtons';

// What runs now, and what it gets at its next start where that is something else.
function withNext(now: string, next: string): string {
  return now === next ? now : `${now}; ${next} from its next start on`;
}

function factsOf({ spec, status, uid }: Machine) {
  const now = status.memory_now_bytes;
  return [
    ['Processors', withNext(plural(status.cpus, 'processor'), plural(spec.cpus, 'processor'))],
    ['Memory', withNext(sizeText(status.memory_bytes), sizeText(spec.memory_bytes))],
    ['Memory that it has now', now > 0 && now !== status.memory_bytes ? sizeText(now) : ''],
    ['Runs on', <Emulated key="runs" accelerator={status.accelerator} />],
    ['Shared memory', spec.shared_memory ? 'yes' : 'no'],
    ['Starts with the host', spec.autostart ? 'yes' : 'no'],
    ['Kept when it stops', status.is_persistent ? 'yes' : 'no'],
    ['Serial console', status.has_serial ? 'yes' : 'no'],
    ['Screen', status.has_screen ? 'yes' : 'no'],
    ['UUID', <code key="uuid">{uid}</code>],
  ] as const;
}

export function MachinePage({ name }: { name: string }) {
  const machine = useDocument('machine', name);
  const mayChange = useMay('operator');
  const [isEditing, setEditing] = useState(false);
  if (!machine) return <Missing kind="machine" name={name} page="machines" />;
  const { status } = machine;
  const edit = mayChange ? (
    <Button variant="secondary" size="sm" onClick={() => setEditing(true)}>
      Change
    </Button>
  ) : undefined;
  return (
    <Screen
      title={name}
      beside={<StateLabel state={status.state} />}
      actions={<PowerButtons of={machine} />}
      above={<PlaceLink page="machines">Machines</PlaceLink>}
    >
      {status.reason === '' ? null : (
        <Alert isInline variant={status.state === 'crashed' ? 'danger' : 'info'} component="p" title={status.reason} />
      )}
      <div className="lw-grid">
        <Consoles of={machine} />
        <Disks of={machine} />
        <Panel title="About it" className="lw-wide" actions={edit}>
          <Facts facts={factsOf(machine)} />
        </Panel>
        <EventsOf kind="machine" name={name} />
      </div>
      {isEditing ? <EditMachine of={machine} onClose={() => setEditing(false)} /> : null}
    </Screen>
  );
}
