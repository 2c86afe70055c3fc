// Latencies of a function since it was opened.
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { FunctionStats } from '../../api/types';
import { countText, durationText } from '../../format/numbers';
import { stageMeanings, stagesOf } from './stages';

type Summary = NonNullable<FunctionStats['read_latency']>;

function cell(value: number | undefined): string {
  return value === undefined ? '–' : durationText(value);
}

function Row({ name, note, latency }: { name: string; note?: string; latency: Summary }) {
  return (
    <Tr>
      <Th scope="row">
        {name}
        {note ? <span className="lw-note"> {note}</span> : null}
      </Th>
      <Td className="lw-right">{countText(latency.count ?? 0)}</Td>
      <Td className="lw-right">{cell(latency.mean_ns)}</Td>
      <Td className="lw-right">{cell(latency.p50_ns)}</Td>
      <Td className="lw-right">{cell(latency.p99_ns)}</Td>
      <Td className="lw-right">{cell(latency.max_ns)}</Td>
    </Tr>
  );
}

export function LatencyTable({ stats }: { stats: FunctionStats }) {
  return (
    <div className="lw-scroll-across" tabIndex={0} role="region" aria-label="Latencies, scrolls">
      <Table role="table" variant="compact" borders={false} aria-label="Latencies" gridBreakPoint="">
        <Thead>
          <Tr>
            <Th>Requests and stages</Th>
            {['Count', 'Mean', 'Median', '99 %', 'Longest'].map((title) => (
              <Th key={title} className="lw-right">
                {title}
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          <Row name="reads" latency={stats.read_latency} />
          <Row name="writes" latency={stats.write_latency} />
          {stats.flush_latency ? <Row name="flushes" latency={stats.flush_latency} /> : null}
          {stagesOf(stats).map((stage) => (
            <Row key={stage} name={stage} note={stageMeanings[stage]} latency={stats.stages[stage] ?? {}} />
          ))}
        </Tbody>
      </Table>
    </div>
  );
}
