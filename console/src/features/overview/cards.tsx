// Cards of the first screen.
import type { ReactNode } from 'react';
import type { Adapter, Host, Machine, Target, VirtualFunction, Volume } from '../../api/types';
import { countText, plural, shortCount, sizeText } from '../../format/numbers';
import { spanText } from '../../format/times';
import { Facts } from '../../parts/Facts';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { StateLabel } from '../../parts/StateLabel';
import { useNow } from '../../state/now';
import type { Rate } from '../../state/rates';
import { sizeOf } from '../volumes/view';
import { statesOf } from './alerts';

function Figure({ value, children }: { value: ReactNode; children: ReactNode }) {
  return (
    <p className="lw-figure">
      <strong>{value}</strong> {children}
    </p>
  );
}

function States({ of }: { of: Iterable<{ status: { state: string } }> }) {
  return (
    <p className="lw-states">
      {statesOf(of).map(([state, count]) => (
        <StateLabel key={state} state={state} text={`${countText(count)} ${state.replaceAll('_', ' ')}`} />
      ))}
    </p>
  );
}

export function HostFacts({ host }: { host: Host | undefined }) {
  const now = useNow();
  if (!host) return <Panel title="Host">Not looked at yet.</Panel>;
  const { status } = host;
  const { engine } = status;
  const used = status.memory_bytes - (status.memory_available_bytes ?? status.memory_bytes);
  const up = status.boot_time ? spanText((now - Date.parse(status.boot_time)) / 1000) : '';
  return (
    <Panel title="Host">
      <Facts
        facts={[
          [
            'Engine',
            <StateLabel
              key="engine"
              state={engine.state}
              text={`${engine.state.replaceAll('_', ' ')}${engine.version ? `, ${engine.version}` : ''}`}
            />,
          ],
          ['Processors', plural(status.cpus, 'processor')],
          ['Memory', `${sizeText(used)} of ${sizeText(status.memory_bytes)} in use`],
          ['Reactors', engine.reactors],
          [
            'Keeper',
            engine.has_keeper === undefined ? '' : engine.has_keeper ? 'yes: guests outlive the engine' : 'no',
          ],
          ['KVM', status.has_kvm === undefined ? '' : status.has_kvm ? 'yes' : 'no: machines are emulated'],
          ['Up', up],
          ['Kernel', status.kernel],
        ]}
      />
    </Panel>
  );
}

export function Functions({
  functions,
  total,
}: {
  functions: ReadonlyMap<string, VirtualFunction>;
  total: Rate | null;
}) {
  const attached = [...functions.values()].filter(({ status }) => status.attached).length;
  return (
    <Panel title="Functions" actions={<PlaceLink page="functions">All</PlaceLink>}>
      <Figure value={countText(functions.size)}>
        {functions.size === 1 ? 'function' : 'functions'}, {countText(attached)} with a guest
      </Figure>
      <States of={functions.values()} />
      {total ? <Figure value={shortCount(total.iops)}>requests a second</Figure> : null}
      {total ? <Figure value={`${sizeText(total.bytes)}/s`}>read and written</Figure> : null}
    </Panel>
  );
}

interface MachinesProps {
  host: Host | undefined;
  machines: ReadonlyMap<string, Machine>;
}

export function Machines({ host, machines }: MachinesProps) {
  const { libvirt, machines: taken } = host?.status ?? {};
  return (
    <Panel title="Machines" actions={<PlaceLink page="machines">All</PlaceLink>}>
      <Figure value={countText(machines.size)}>{machines.size === 1 ? 'machine' : 'machines'}</Figure>
      <States of={machines.values()} />
      {taken && taken.running > 0 ? (
        <p>
          Those that are on may take {plural(taken.cpus, 'processor')} and {sizeText(taken.memory_bytes)}.
        </p>
      ) : null}
      {libvirt && libvirt.state !== 'running' ? (
        <p>
          libvirt is {libvirt.state}. {libvirt.reason}
        </p>
      ) : null}
    </Panel>
  );
}

interface StorageProps {
  targets: ReadonlyMap<string, Target>;
  volumes: ReadonlyMap<string, Volume>;
}

export function Storage({ targets, volumes }: StorageProps) {
  const bytes = [...volumes.values()].reduce((sum, volume) => sum + sizeOf(volume), 0);
  return (
    <Panel title="Storage" actions={<PlaceLink page="volumes">All</PlaceLink>}>
      <Figure value={countText(targets.size)}>
        <PlaceLink page="targets">{targets.size === 1 ? 'target' : 'targets'}</PlaceLink>
      </Figure>
      <States of={targets.values()} />
      <Figure value={countText(volumes.size)}>
        <PlaceLink page="volumes">{volumes.size === 1 ? 'volume' : 'volumes'}</PlaceLink>
        {bytes > 0 ? `, ${sizeText(bytes)}` : ''}
      </Figure>
      <States of={volumes.values()} />
    </Panel>
  );
}

function speedText({ status }: Adapter): string {
  if (!status.speed_mbit) return status.is_virtual ? 'virtual' : '';
  return status.speed_mbit >= 1000 ? `${status.speed_mbit / 1000} Gbit/s` : `${status.speed_mbit} Mbit/s`;
}

export function Adapters({ adapters }: { adapters: ReadonlyMap<string, Adapter> }) {
  return (
    <Panel title="Network adapters">
      {adapters.size === 0 ? 'There are none.' : null}
      <ul className="lw-adapters">
        {[...adapters.values()].map((adapter) => (
          <li key={adapter.name}>
            <strong>{adapter.name}</strong>
            <StateLabel state={adapter.status.state} />
            <span>
              {[adapter.status.driver, speedText(adapter), adapter.status.mtu ? `MTU ${adapter.status.mtu}` : '']
                .filter(Boolean)
                .join(', ')}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
