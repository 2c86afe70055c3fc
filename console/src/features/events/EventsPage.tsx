// What happened on this host, newest first.
import { useMemo, useState } from 'react';
import type { LanewayEvent } from '../../api/types';
import { timeText } from '../../format/times';
import { FilterBar, noFilter } from '../../parts/FilterBar';
import { Nothing } from '../../parts/Nothing';
import { Older } from '../../parts/Older';
import { SubjectLink } from '../../parts/Place';
import { hasWords } from '../../parts/rows';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useLog } from '../../state/log';
import { useStore } from '../../state/store';

const columns: Column<LanewayEvent>[] = [
  { title: 'Time', cell: ({ time }) => timeText(time), width: '13rem' },
  { title: 'Severity', cell: ({ severity }) => <StateLabel state={severity} />, width: '8rem', hides: 'narrow' },
  { title: 'About', cell: ({ subject }) => <SubjectLink {...subject} />, width: '14rem', hides: 'medium' },
  { title: 'What happened', cell: ({ text }) => <span title={text}>{text}</span> },
];

const numberOf = ({ number }: LanewayEvent): string => String(number);

export function EventsPage() {
  const live = useStore((state) => state.events);
  const { items, act, older } = useLog<LanewayEvent>('events', live, numberOf);
  const [filter, setFilter] = useState(noFilter);
  const shown = useMemo(
    () =>
      items.filter(
        ({ severity, subject, reason, text }) =>
          (filter.state === '' || severity === filter.state) &&
          hasWords(`${subject.kind} ${subject.name} ${reason} ${text}`, filter.words),
      ),
    [items, filter],
  );
  return (
    <Screen title="Events">
      {items.length === 0 ? (
        <Nothing title="Nothing happened yet" />
      ) : (
        <>
          <FilterBar
            one="event"
            filter={filter}
            onChange={setFilter}
            states={['info', 'warning', 'error']}
            shown={shown.length}
            total={items.length}
          />
          <VirtualTable label="Events" columns={columns} rows={shown} keyOf={({ number }) => String(number)} isSorted />
          <Older act={act} older={older} />
        </>
      )}
    </Screen>
  );
}
