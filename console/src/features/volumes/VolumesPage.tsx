// All volumes: LUNs, files, memory.
import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { Volume } from '../../api/types';
import { sizeText } from '../../format/numbers';
import { FilterBar, noFilter } from '../../parts/FilterBar';
import { Nothing } from '../../parts/Nothing';
import { PlaceLink } from '../../parts/Place';
import { hasWords } from '../../parts/rows';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useMay } from '../../state/roles';
import { useDocuments } from '../../state/store';
import { CreateVolume } from './CreateVolume';
import { placeText, sizeOf } from './view';

const columns: Column<Volume>[] = [
  { title: 'Name', cell: ({ name }) => <PlaceLink page="volumes" name={name} />, sortBy: ({ name }) => name },
  { title: 'Kind', cell: ({ spec }) => spec.kind, sortBy: ({ spec }) => spec.kind, width: '7rem' },
  {
    title: 'Where it is',
    cell: ({ spec }) => <span title={placeText(spec)}>{placeText(spec)}</span>,
    sortBy: ({ spec }) => placeText(spec),
    hides: 'medium',
  },
  {
    title: 'Size',
    cell: (volume) => (sizeOf(volume) ? sizeText(sizeOf(volume)) : '–'),
    sortBy: sizeOf,
    isRight: true,
    width: '7rem',
  },
  {
    title: 'State',
    cell: ({ status }) => <StateLabel state={status.state} />,
    sortBy: ({ status }) => status.state,
    width: '8rem',
    hides: 'narrow',
  },
  {
    title: 'Function',
    cell: ({ status }) => status.functions.map((name) => <PlaceLink key={name} page="functions" name={name} />),
    sortBy: ({ status }) => status.functions[0] ?? '',
  },
];

export function VolumesPage() {
  const volumes = useDocuments('volume');
  const mayChange = useMay('operator');
  const [filter, setFilter] = useState(noFilter);
  const [isMaking, setMaking] = useState(false);
  const all = useMemo(() => [...volumes.values()], [volumes]);
  const shown = useMemo(
    () =>
      all.filter(
        ({ name, spec, status }) =>
          hasWords(`${name} ${spec.kind} ${placeText(spec)}`, filter.words) &&
          (filter.state === '' || status.state === filter.state),
      ),
    [all, filter],
  );
  return (
    <Screen title="Volumes" actions={mayChange ? <Button onClick={() => setMaking(true)}>Create volume</Button> : null}>
      {all.length === 0 ? (
        <Nothing title="No volumes yet">
          A volume is a disk: a LUN of a target, a file, or memory. A function stands on one.
        </Nothing>
      ) : (
        <>
          <FilterBar
            one="volume"
            filter={filter}
            onChange={setFilter}
            states={['free', 'in_use']}
            shown={shown.length}
            total={all.length}
          />
          <VirtualTable label="Volumes" columns={columns} rows={shown} keyOf={({ uid }) => uid} />
        </>
      )}
      {isMaking ? <CreateVolume onClose={() => setMaking(false)} /> : null}
    </Screen>
  );
}
