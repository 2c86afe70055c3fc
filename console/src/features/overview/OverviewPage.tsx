// The first screen: is everything well, and what is going on?
import { useMemo } from 'react';
import { Chart } from '../../charts/Chart';
import type { Series } from '../../charts/Chart';
import { blue, orange } from '../../charts/colors';
import { bytes, requests } from '../../charts/units';
import { Panel } from '../../parts/Panel';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { useRates } from '../../state/rates';
import { useStore } from '../../state/store';
import { Alarms } from './Alarms';
import { Adapters, Functions, HostFacts, Machines, Storage } from './cards';
import { LastEvents } from './LastEvents';
import { alarmsOf } from './alerts';

const series: Series[] = [
  { label: 'reads', color: blue },
  { label: 'writes', color: orange },
];

export function OverviewPage() {
  const documents = useStore((state) => state.documents);
  const rates = useRates();
  const alarms = useMemo(() => alarmsOf(documents), [documents]);
  const host = [...documents.host.values()][0];
  return (
    <Screen title={host?.name ?? 'Host'} beside={host ? <StateLabel state={host.status.state} /> : null}>
      <div className="lw-grid lw-grid-cards">
        <Alarms alarms={alarms} />
        <HostFacts host={host} />
        <Functions functions={documents.function} total={rates.total} />
        <Storage targets={documents.target} volumes={documents.volume} />
        <Machines host={host} machines={documents.machine} />
        <Panel title="Requests a second, all functions">
          <Chart
            label="reads and writes a second of all functions"
            series={series}
            history={rates.iops}
            unit={requests}
          />
        </Panel>
        <Panel title="Bandwidth, all functions">
          <Chart
            label="bytes read and written a second by all functions"
            series={series}
            history={rates.bytes}
            unit={bytes}
          />
        </Panel>
        <LastEvents />
        <Adapters adapters={documents.adapter} />
      </div>
    </Screen>
  );
}
