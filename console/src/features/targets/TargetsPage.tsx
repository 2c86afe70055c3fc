// All iSCSI targets.
import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { Target } from '../../api/types';
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
import { AddTarget } from './AddTarget';
import { pathsSummary } from './view';

const columns: Column<Target>[] = [
  { title: 'Name', cell: ({ name }) => <PlaceLink page="targets" name={name} />, sortBy: ({ name }) => name },
  {
    title: 'State',
    cell: ({ status }) => <StateLabel state={status.state} />,
    sortBy: ({ status }) => status.state,
    width: '8rem',
  },
  { title: 'Portal', cell: ({ spec }) => spec.portal, sortBy: ({ spec }) => spec.portal, hides: 'narrow' },
  {
    title: 'iSCSI name',
    cell: ({ spec }) => <span title={spec.iqn}>{spec.iqn}</span>,
    sortBy: ({ spec }) => spec.iqn,
    hides: 'medium',
  },
  {
    title: 'LUNs',
    cell: ({ status }) => status.luns.length,
    sortBy: ({ status }) => status.luns.length,
    isRight: true,
    width: '6rem',
    hides: 'narrow',
  },
  {
    title: 'Functions',
    cell: ({ status }) => status.functions.length,
    sortBy: ({ status }) => status.functions.length,
    isRight: true,
    width: '8rem',
  },
  { title: 'Paths', cell: ({ status }) => pathsSummary(status.sessions), hides: 'medium' },
];

export function TargetsPage() {
  const targets = useDocuments('target');
  const mayChange = useMay('operator');
  const [filter, setFilter] = useState(noFilter);
  const [isAdding, setAdding] = useState(false);
  const all = useMemo(() => [...targets.values()], [targets]);
  const states = useMemo(() => [...new Set(all.map(({ status }) => status.state))].sort(), [all]);
  const shown = useMemo(
    () =>
      all.filter(
        ({ name, spec, status }) =>
          hasWords(`${name} ${spec.iqn} ${spec.portal}`, filter.words) &&
          (filter.state === '' || status.state === filter.state),
      ),
    [all, filter],
  );
  return (
    <Screen title="Targets" actions={mayChange ? <Button onClick={() => setAdding(true)}>Add target</Button> : null}>
      {all.length === 0 ? (
        <Nothing title="No targets yet">
          A target is the iSCSI service of an array or a server; its LUNs become volumes. Volumes in files and in memory
          need none.
        </Nothing>
      ) : (
        <>
          <FilterBar
            one="target"
            filter={filter}
            onChange={setFilter}
            states={states}
            shown={shown.length}
            total={all.length}
          />
          <VirtualTable label="Targets" columns={columns} rows={shown} keyOf={({ uid }) => uid} />
        </>
      )}
      {isAdding ? <AddTarget onClose={() => setAdding(false)} /> : null}
    </Screen>
  );
}
