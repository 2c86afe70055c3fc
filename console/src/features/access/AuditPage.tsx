// Who changed what, newest first.
import { useMemo, useState } from 'react';
import type { AuditEntry } from '../../api/types';
import { timeText } from '../../format/times';
import { FilterBar, noFilter } from '../../parts/FilterBar';
import { Older } from '../../parts/Older';
import { SubjectLink } from '../../parts/Place';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { hasWords } from '../../parts/rows';
import { Screen } from '../../parts/Screen';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useLog } from '../../state/log';

const columns: Column<AuditEntry>[] = [
  { title: 'Time', cell: ({ time }) => timeText(time), width: '13rem' },
  { title: 'Who', cell: ({ who, from }) => <span title={`from ${from}`}>{who}</span>, width: '10rem' },
  { title: 'Role', cell: ({ role }) => role, width: '9rem', hides: 'medium' },
  { title: 'Operation', cell: ({ operation }) => operation, width: '11rem', hides: 'narrow' },
  { title: 'About', cell: ({ subject }) => <SubjectLink {...subject} />, hides: 'narrow' },
  { title: 'Result', cell: ({ result }) => <span title={result}>{result}</span> },
  { title: 'From', cell: ({ from }) => from, hides: 'medium' },
];

const nothingLive: readonly AuditEntry[] = [];
const numberOf = ({ number }: AuditEntry): string => String(number);

export function AuditPage() {
  const { items, act, older } = useLog<AuditEntry>('audit', nothingLive, numberOf);
  const [filter, setFilter] = useState(noFilter);
  const shown = useMemo(
    () =>
      items.filter(({ who, operation, subject, result, from }) =>
        hasWords(`${who} ${operation} ${subject.kind} ${subject.name} ${result} ${from}`, filter.words),
      ),
    [items, filter],
  );
  return (
    <Screen title="Audit log">
      <ProblemAlert problem={items.length === 0 ? act.problem : null} />
      <FilterBar
        one="entry"
        many="entries"
        filter={filter}
        onChange={setFilter}
        shown={shown.length}
        total={items.length}
      />
      <VirtualTable label="Audit log" columns={columns} rows={shown} keyOf={numberOf} isSorted />
      <Older act={act} older={older} />
    </Screen>
  );
}
