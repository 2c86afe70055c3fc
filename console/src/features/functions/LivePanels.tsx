// Charts of one function: requests, bytes, and where requests spend their time.
import { Content } from '@patternfly/react-core';
import { sentenceOf } from '../../api/problem';
import type { FunctionStats } from '../../api/types';
import { Chart } from '../../charts/Chart';
import type { Series } from '../../charts/Chart';
import { blue, green, grey, orange, purple, red, teal, yellow } from '../../charts/colors';
import type { History } from '../../charts/history';
import { bytes, durations, requests } from '../../charts/units';
import { Panel } from '../../parts/Panel';
import type { Live } from './live';
import { stageNames, stagesOf } from './stages';
import type { StageName } from './stages';

const readsAndWrites: Series[] = [
  { label: 'reads', color: blue },
  { label: 'writes', color: orange },
];
const stageColors: Record<StageName, string> = {
  ring: purple,
  limit: red,
  path: yellow,
  engine: teal,
  target: blue,
  disk: blue,
  transfer: green,
  return: grey,
};

// Only the stages that there are; the arrays stay the same objects from one look to the next.
const seriesOfStages = new Map<string, Series[]>();
function stageSeries(stats: FunctionStats): Series[] {
  const names = stagesOf(stats);
  const key = names.join();
  const known = seriesOfStages.get(key) ?? names.map((name) => ({ label: name, color: stageColors[name] }));
  seriesOfStages.set(key, known);
  return known;
}

function stageHistory(live: Live, stats: FunctionStats): History {
  const values = stagesOf(stats).map((name) => live.stages.values[stageNames.indexOf(name)] ?? []);
  return { times: live.stages.times, values };
}

export function LivePanels({ live }: { live: Live }) {
  return (
    <>
      <Panel title="Requests a second">
        <Chart label="reads and writes a second" series={readsAndWrites} history={live.iops} unit={requests} />
      </Panel>
      <Panel title="Bandwidth">
        <Chart label="bytes read and written a second" series={readsAndWrites} history={live.bytes} unit={bytes} />
      </Panel>
      <Panel title="Where the time goes" className="lw-wide">
        {live.stats && !live.problem ? (
          <Chart
            label="mean time of a request in each stage"
            series={stageSeries(live.stats)}
            isStacked
            history={stageHistory(live, live.stats)}
            unit={durations}
          />
        ) : (
          <Content component="p">{live.problem ? sentenceOf(live.problem) : 'Waiting for the first figures.'}</Content>
        )}
      </Panel>
    </>
  );
}
