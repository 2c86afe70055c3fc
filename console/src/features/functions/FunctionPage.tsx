// One function: what it does now, what limits it, the paths to its disk.
import { Alert, Button } from '@patternfly/react-core';
import { change, releaseFunction } from '../../api/client';
import type { VirtualFunction } from '../../api/types';
import { sizeText } from '../../format/numbers';
import { timeText } from '../../format/times';
import { DeleteButton } from '../../parts/DeleteDialog';
import { Facts } from '../../parts/Facts';
import { Missing } from '../../parts/Missing';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { useAct } from '../../state/act';
import { useMay } from '../../state/roles';
import { useDocument, useDocuments } from '../../state/store';
import { EventsOf } from '../events/EventsOf';
import { LimitsPanel } from '../limits/LimitsPanel';
import { PathPicture } from '../paths/PathPicture';
import { PathTable } from '../paths/PathTable';
import { LatencyTable } from './LatencyTable';
import { LivePanels } from './LivePanels';
import { SlowRequests } from './SlowRequests';
import { useLive } from './live';
import type { Live } from './live';
import { guestOf } from './view';

function State({ of: { status } }: { of: VirtualFunction }) {
  const { health } = status;
  const isIll = status.state === 'serving' && health !== undefined && health.state !== 'ok';
  if (isIll) {
    return (
      <Alert
        isInline
        variant={health.state === 'blocked' ? 'danger' : 'warning'}
        component="p"
        title={`Its disk is ${health.state}: ${health.reason.replaceAll('_', ' ')}`}
      >
        {health.remedy}
      </Alert>
    );
  }
  if (status.reason === '') return null;
  const isBad = status.state === 'failed' || status.state === 'quarantined';
  return <Alert isInline variant={isBad ? 'danger' : 'info'} component="p" title={status.reason} />;
}

function Actions({ of: one }: { of: VirtualFunction }) {
  const act = useAct();
  if (!useMay('operator')) return null;
  const isStopped = one.spec.desired === 'stopped';
  const turn = (): void => void act.run(() => change('function', one, { desired: isStopped ? 'serving' : 'stopped' }));
  return (
    <>
      {one.status.state === 'quarantined' ? (
        <Button
          variant="secondary"
          isDisabled={act.isBusy}
          onClick={() => void act.run(() => releaseFunction(one.name))}
        >
          Try again
        </Button>
      ) : null}
      <Button variant="secondary" onClick={turn} isDisabled={act.isBusy} isLoading={act.isBusy}>
        {isStopped ? 'Start' : 'Stop'}
      </Button>
      <DeleteButton
        kind="function"
        name={one.name}
        page="functions"
        force={one.status.attached ? 'The guest that is attached loses its disk at once.' : undefined}
      >
        The guest’s device goes away. The volume {one.spec.volume} and what is on it stay
        {one.status.identity ? '' : ', unless it is in memory'}.
      </DeleteButton>
      <ProblemAlert problem={act.problem} />
    </>
  );
}

function factsOf(one: VirtualFunction) {
  const { spec, status, created_at } = one;
  return [
    ['Volume', <PlaceLink key="volume" page="volumes" name={spec.volume} />],
    [
      'Size',
      status.capacity_bytes ? `${sizeText(status.capacity_bytes)}, blocks of ${status.block_bytes ?? 512} B` : '',
    ],
    ['Guest', guestOf(one)],
    ['Socket', status.socket_path ? <code key="socket">{status.socket_path}</code> : ''],
    ['Disk', status.identity ? <code key="identity">{status.identity}</code> : ''],
    ['Serial number', spec.serial],
    ['Queues', `${spec.queues} of ${spec.queue_size}`],
    ['Reactors', spec.reactors],
    ['Cache', spec.cache],
    ['Deadline', spec.deadline_s === 0 ? 'none' : `${spec.deadline_s} s`],
    ['Access', spec.read_only ? 'read-only' : 'read and write'],
    ['Made', timeText(created_at)],
  ] as const;
}

function Paths({ of: one }: { of: VirtualFunction }) {
  const targets = useDocuments('target');
  const paths = (one.status.paths ?? []).map((path) => ({ functionName: one.name, path }));
  if (paths.length === 0) return null;
  const portals = new Map([...targets.values()].map(({ name, spec }) => [name, spec.portal]));
  return (
    <Panel title="Paths to the disk" className="lw-wide">
      <PathPicture paths={paths} portals={portals} />
      <PathTable paths={paths} />
    </Panel>
  );
}

function rateOf(live: Live) {
  const last = (history: Live['iops']): number => history.values.reduce((sum, series) => sum + (series.at(-1) ?? 0), 0);
  return live.iops.times.length === 0 ? undefined : { iops: last(live.iops), bytes: last(live.bytes) };
}

function Content({ of: one }: { of: VirtualFunction }) {
  const live = useLive(one.name);
  const policy = one.spec.policy === '' ? undefined : `Policy ${one.spec.policy} holds as well.`;
  return (
    <Screen
      title={one.name}
      beside={<StateLabel state={one.status.state} />}
      actions={<Actions of={one} />}
      above={<PlaceLink page="functions">Functions</PlaceLink>}
    >
      <State of={one} />
      <div className="lw-grid">
        <LivePanels live={live} />
        <LimitsPanel of={one} note={policy} rate={rateOf(live)} />
        <Panel title="About it">
          <Facts facts={factsOf(one)} />
        </Panel>
        <Paths of={one} />
        {live.stats ? (
          <Panel title="Latencies since it was opened" className="lw-wide">
            <LatencyTable stats={live.stats} />
          </Panel>
        ) : null}
        <SlowRequests name={one.name} />
        <EventsOf kind="function" name={one.name} />
      </div>
    </Screen>
  );
}

export function FunctionPage({ name }: { name: string }) {
  const one = useDocument('function', name);
  return one ? <Content key={one.uid} of={one} /> : <Missing kind="function" name={name} page="functions" />;
}
