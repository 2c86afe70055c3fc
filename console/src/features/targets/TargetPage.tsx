// One target: its LUNs, who uses it, and over which paths.
import { Alert, Button } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useMemo } from 'react';
import { scanTarget } from '../../api/client';
import type { Target, VirtualFunction } from '../../api/types';
import { sizeText } from '../../format/numbers';
import { timeText } from '../../format/times';
import { DeleteButton } from '../../parts/DeleteDialog';
import { Facts } from '../../parts/Facts';
import { Missing } from '../../parts/Missing';
import { Nothing } from '../../parts/Nothing';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { useAct } from '../../state/act';
import { useMay } from '../../state/roles';
import { useDocument, useDocuments } from '../../state/store';
import { EventsOf } from '../events/EventsOf';
import { PathPicture } from '../paths/PathPicture';
import { PathTable } from '../paths/PathTable';
import type { PathOf } from '../paths/picture';

function Actions({ of: target }: { of: Target }) {
  const act = useAct();
  if (!useMay('operator')) return null;
  return (
    <>
      <Button
        variant="secondary"
        isLoading={act.isBusy}
        isDisabled={act.isBusy}
        onClick={() => void act.run(() => scanTarget(target.name))}
      >
        Look for LUNs
      </Button>
      <DeleteButton kind="target" name={target.name} page="targets">
        Nothing on the array changes; only this host forgets the target.
      </DeleteButton>
      <ProblemAlert problem={act.problem} />
    </>
  );
}

function Luns({ of: { status } }: { of: Target }) {
  if (status.luns.length === 0)
    return <Nothing title="No LUNs are known">It shows none, or was not logged in to yet.</Nothing>;
  return (
    <div className="lw-scroll-across" tabIndex={0} role="region" aria-label="LUNs, scrolls">
      <Table role="table" variant="compact" borders={false} aria-label="LUNs" gridBreakPoint="">
        <Thead>
          <Tr>
            {['LUN', 'Size', 'Model', 'Function', 'Identity'].map((title) => (
              <Th key={title}>{title}</Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {status.luns.map((lun) => (
            <Tr key={lun.lun}>
              <Td>{lun.lun}</Td>
              <Td>{lun.capacity_bytes ? sizeText(lun.capacity_bytes) : '–'}</Td>
              <Td>{`${lun.vendor ?? ''} ${lun.product ?? ''}`.trim() || '–'}</Td>
              <Td>{lun.function ? <PlaceLink page="functions" name={lun.function} /> : '–'}</Td>
              <Td>
                <code>{lun.identity ?? '–'}</code>
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </div>
  );
}

function pathsOn(target: Target, functions: ReadonlyMap<string, VirtualFunction>): PathOf[] {
  return target.status.functions.flatMap((functionName) =>
    (functions.get(functionName)?.status.paths ?? [])
      .filter((path) => path.target === target.name)
      .map((path) => ({ functionName, path })),
  );
}

function Paths({ of: target }: { of: Target }) {
  const functions = useDocuments('function');
  const paths = useMemo(() => pathsOn(target, functions), [target, functions]);
  const portals = useMemo(() => new Map([[target.name, target.spec.portal]]), [target]);
  return (
    <Panel title="Paths" className="lw-wide">
      {paths.length === 0 ? (
        <Nothing title="No function uses it">Make a volume of one of its LUNs, and a function on that.</Nothing>
      ) : (
        <>
          <PathPicture paths={paths} portals={portals} />
          <PathTable paths={paths} />
        </>
      )}
    </Panel>
  );
}

function factsOf({ spec, status, created_at }: Target) {
  const isSigned = spec.header_digest !== 'none' || spec.data_digest !== 'none';
  return [
    ['iSCSI name', <code key="iqn">{spec.iqn}</code>],
    ['Portal', spec.portal],
    ['Log-in', spec.chap ? `CHAP as ${spec.chap.user}` : 'without a password'],
    ['Secrets', status.secrets.replaceAll('_', ' ')],
    ['Digests', isSigned ? `header ${spec.header_digest}, data ${spec.data_digest}` : 'none'],
    ['Sessions at most', spec.sessions_max],
    ['Pings', `every ${spec.noop_interval_s} s, lost after ${spec.noop_timeout_s} s`],
    ['Requests wait for it', `${spec.replacement_timeout_s} s`],
    ['Fence delay', `${spec.fence_delay_s} s${spec.shared_luns ? ', LUNs are shared' : ''}`],
    ['Added', timeText(created_at)],
  ] as const;
}

export function TargetPage({ name }: { name: string }) {
  const target = useDocument('target', name);
  if (!target) return <Missing kind="target" name={name} page="targets" />;
  const { status } = target;
  return (
    <Screen
      title={name}
      beside={<StateLabel state={status.state} />}
      actions={<Actions of={target} />}
      above={<PlaceLink page="targets">Targets</PlaceLink>}
    >
      {status.reason === '' ? null : (
        <Alert isInline variant={status.state === 'failed' ? 'danger' : 'info'} component="p" title={status.reason} />
      )}
      <div className="lw-grid">
        <Paths of={target} />
        <Panel title="LUNs" className="lw-wide">
          <Luns of={target} />
        </Panel>
        <Panel title="About it" className="lw-wide">
          <Facts facts={factsOf(target)} />
        </Panel>
        <EventsOf kind="target" name={name} />
      </div>
    </Screen>
  );
}
