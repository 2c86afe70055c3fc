// The virtual machines of this host, as libvirt has them.
import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { Machine } from '../../api/types';
import { plural, sizeText } from '../../format/numbers';
import { FilterBar, noFilter } from '../../parts/FilterBar';
import { Nothing } from '../../parts/Nothing';
import { PlaceLink } from '../../parts/Place';
import { hasWords } from '../../parts/rows';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useDocuments } from '../../state/store';
import { useMay } from '../../state/roles';
import { CreateMachine } from './CreateMachine';
import { Emulated } from './Emulated';

const columns: Column<Machine>[] = [
  { title: 'Name', cell: ({ name }) => <PlaceLink page="machines" name={name} />, sortBy: ({ name }) => name },
  {
    title: 'State',
    cell: ({ status }) => <StateLabel state={status.state} />,
    sortBy: ({ status }) => status.state,
    width: '8rem',
  },
  {
    title: 'Processors',
    cell: ({ status }) => plural(status.cpus, 'processor'),
    sortBy: ({ status }) => status.cpus,
    width: '9rem',
    hides: 'narrow',
  },
  {
    title: 'Memory',
    cell: ({ status }) => sizeText(status.memory_bytes),
    sortBy: ({ status }) => status.memory_bytes,
    isRight: true,
    width: '8rem',
    hides: 'narrow',
  },
  {
    title: 'Runs on',
    cell: ({ status }) => <Emulated accelerator={status.accelerator} />,
    width: '9rem',
    hides: 'medium',
  },
  {
    title: 'Functions',
    cell: ({ spec }) => spec.functions.map((name) => <PlaceLink key={name} page="functions" name={name} />),
    sortBy: ({ spec }) => spec.functions.length,
    hides: 'narrow',
  },
];

function NoMachines() {
  const hosts = useDocuments('host');
  const libvirt = [...hosts.values()][0]?.status.libvirt;
  if (libvirt && libvirt.state !== 'running')
    return <Nothing title={`libvirt is ${libvirt.state}`}>{libvirt.reason}</Nothing>;
  return (
    <Nothing title="No machines yet">
      Machines are made here, or with virsh, virt-manager and Cockpit; all of them get functions as their disks.
    </Nothing>
  );
}

export function MachinesPage() {
  const machines = useDocuments('machine');
  const [filter, setFilter] = useState(noFilter);
  const [isMaking, setMaking] = useState(false);
  const mayChange = useMay('operator');
  const all = useMemo(() => [...machines.values()], [machines]);
  const states = useMemo(() => [...new Set(all.map(({ status }) => status.state))].sort(), [all]);
  const shown = useMemo(
    () =>
      all.filter(
        ({ name, spec, status }) =>
          hasWords(`${name} ${spec.functions.join(' ')}`, filter.words) &&
          (filter.state === '' || status.state === filter.state),
      ),
    [all, filter],
  );
  return (
    <Screen
      title="Machines"
      actions={mayChange ? <Button onClick={() => setMaking(true)}>Create machine</Button> : null}
    >
      {all.length === 0 ? (
        <NoMachines />
      ) : (
        <>
          <FilterBar
            one="machine"
            filter={filter}
            onChange={setFilter}
            states={states}
            shown={shown.length}
            total={all.length}
          />
          <VirtualTable label="Machines" columns={columns} rows={shown} keyOf={({ uid }) => uid} />
        </>
      )}
      {isMaking ? <CreateMachine onClose={() => setMaking(false)} /> : null}
    </Screen>
  );
}
