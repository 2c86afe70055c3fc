// All functions, with what they do now.
import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { VirtualFunction, Volume } from '../../api/types';
import { shortCount, sizeText } from '../../format/numbers';
import { FilterBar, noFilter } from '../../parts/FilterBar';
import { Nothing } from '../../parts/Nothing';
import { PlaceLink } from '../../parts/Place';
import { hasWords } from '../../parts/rows';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useRates } from '../../state/rates';
import type { Rate } from '../../state/rates';
import { useMay } from '../../state/roles';
import { useDocuments } from '../../state/store';
import { limitsSummary } from '../limits/limits';
import { CreateFunction } from './CreateFunction';
import { trouble, guestOf } from './view';

type Rates = ReadonlyMap<string, Rate>;

function columnsOf(rates: Rates): Column<VirtualFunction>[] {
  const rate = ({ name }: VirtualFunction): Rate => rates.get(name) ?? { iops: 0, bytes: 0 };
  return [
    { title: 'Name', cell: ({ name }) => <PlaceLink page="functions" name={name} />, sortBy: ({ name }) => name },
    {
      title: 'State',
      cell: (one) => (
        <StateLabel state={trouble(one) ? 'blocked' : one.status.state} text={trouble(one) ?? undefined} />
      ),
      sortBy: (one) => trouble(one) ?? one.status.state,
      width: '9.5rem',
    },
    { title: 'Guest', cell: guestOf, sortBy: guestOf, width: '9rem', hides: 'medium' },
    {
      title: 'Volume',
      cell: ({ spec }) => <PlaceLink page="volumes" name={spec.volume} />,
      sortBy: ({ spec }) => spec.volume,
      hides: 'narrow',
    },
    {
      title: 'Size',
      cell: ({ status }) => (status.capacity_bytes ? sizeText(status.capacity_bytes) : '–'),
      sortBy: ({ status }) => status.capacity_bytes ?? 0,
      isRight: true,
      hides: 'narrow',
      width: '7rem',
    },
    { title: 'Limits', cell: limitsOf, hides: 'medium', sortBy: limitsOf },
    {
      title: 'Requests/s',
      cell: (one) => shortCount(rate(one).iops),
      sortBy: (one) => rate(one).iops,
      isRight: true,
      width: '9.5rem',
    },
    {
      title: 'Bandwidth',
      cell: (one) => `${sizeText(rate(one).bytes)}/s`,
      sortBy: (one) => rate(one).bytes,
      isRight: true,
      hides: 'narrow',
      width: '9.5rem',
    },
  ];
}

function limitsOf({ spec }: VirtualFunction): string {
  const own = limitsSummary(spec.limits);
  if (!spec.policy) return own;
  return own === '' ? spec.policy : `${spec.policy}; ${own}`;
}

const textOf = (one: VirtualFunction): string =>
  `${one.name} ${one.spec.volume} ${one.spec.policy} ${one.status.reason}`;

export function FunctionsPage() {
  const functions = useDocuments('function');
  const volumes = useDocuments('volume');
  const rates = useRates().byName;
  const mayChange = useMay('operator');
  const [filter, setFilter] = useState(noFilter);
  const [isMaking, setMaking] = useState(false);
  const all = useMemo(() => [...functions.values()], [functions]);
  const states = useMemo(() => [...new Set(all.map((one) => one.status.state))].sort(), [all]);
  const shown = useMemo(
    () =>
      all.filter(
        (one) => hasWords(textOf(one), filter.words) && (filter.state === '' || one.status.state === filter.state),
      ),
    [all, filter],
  );
  const columns = useMemo(() => columnsOf(rates), [rates]);
  const create = mayChange ? <Button onClick={() => setMaking(true)}>Create function</Button> : null;
  return (
    <Screen title="Functions" actions={create}>
      {all.length === 0 ? (
        <NoFunctions volumes={volumes} />
      ) : (
        <>
          <FilterBar
            one="function"
            filter={filter}
            onChange={setFilter}
            states={states}
            shown={shown.length}
            total={all.length}
          />
          <VirtualTable label="Functions" columns={columns} rows={shown} keyOf={({ uid }) => uid} />
        </>
      )}
      {isMaking ? <CreateFunction onClose={() => setMaking(false)} /> : null}
    </Screen>
  );
}

function NoFunctions({ volumes }: { volumes: ReadonlyMap<string, Volume> }) {
  return (
    <Nothing
      title="No functions yet"
      action={volumes.size === 0 ? <PlaceLink page="volumes">Make a volume first</PlaceLink> : null}
    >
      A function is the disk device that one guest sees; it stands on a volume.
    </Nothing>
  );
}
