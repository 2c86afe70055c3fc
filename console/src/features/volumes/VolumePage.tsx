// One volume.
import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { change } from '../../api/client';
import type { Volume } from '../../api/types';
import { parseSize, sizeInput, sizeText } from '../../format/numbers';
import { timeText } from '../../format/times';
import { DeleteButton } from '../../parts/DeleteDialog';
import { Dialog } from '../../parts/Dialog';
import { Facts } from '../../parts/Facts';
import { TextField } from '../../parts/fields';
import { Missing } from '../../parts/Missing';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { useMay } from '../../state/roles';
import { useDocument } from '../../state/store';
import { CreateFunction } from '../functions/CreateFunction';
import { EventsOf } from '../events/EventsOf';
import { placeText, sizeOf } from './view';

function Resize({ of: volume, onClose }: { of: Volume; onClose: () => void }) {
  const [size, setSize] = useState(sizeInput(sizeOf(volume)));
  const bytes = parseSize(size);
  return (
    <Dialog
      title={`Resize ${volume.name}`}
      verb="Resize"
      fields={['spec.size_bytes']}
      isReady={bytes !== null}
      onClose={onClose}
      explanation="A guest that uses it is told of the new size."
      onSend={() => change('volume', volume, { size_bytes: bytes })}
    >
      <TextField
        label="Size"
        field="spec.size_bytes"
        isRequired
        value={size}
        onChange={setSize}
        wrong={bytes === null ? 'Give a size such as 64M, 20G or a number of bytes.' : undefined}
      />
    </Dialog>
  );
}

const lost: Record<Volume['spec']['kind'], string> = {
  lun: 'The LUN and what is on it stay.',
  file: 'The file and what is in it stay.',
  memory: 'It is in no function, and so holds nothing.',
  null: 'It holds nothing.',
};

function Actions({ of: volume }: { of: Volume }) {
  const [open, setOpen] = useState<'resize' | 'function' | null>(null);
  if (!useMay('operator')) return null;
  const close = (): void => setOpen(null);
  return (
    <>
      {volume.status.state === 'free' ? <Button onClick={() => setOpen('function')}>Create function</Button> : null}
      {volume.spec.kind === 'file' ? (
        <Button variant="secondary" onClick={() => setOpen('resize')}>
          Resize
        </Button>
      ) : null}
      <DeleteButton kind="volume" name={volume.name} page="volumes">
        {lost[volume.spec.kind]}
      </DeleteButton>
      {open === 'resize' ? <Resize of={volume} onClose={close} /> : null}
      {open === 'function' ? <CreateFunction volume={volume.name} onClose={close} /> : null}
    </>
  );
}

function factsOf({ spec, status, created_at }: Volume, size: number) {
  return [
    ['Kind', spec.kind],
    ['Where it is', spec.kind === 'lun' ? '' : placeText(spec)],
    ['Size', size > 0 ? sizeText(size) : 'known when a function uses it'],
    [
      'Function',
      status.functions.length === 0
        ? 'none'
        : status.functions.map((name) => <PlaceLink key={name} page="functions" name={name} />),
    ],
    ['Disk', status.identity ? <code key="identity">{status.identity}</code> : ''],
    ['Requests take', spec.kind === 'lun' && spec.paths.length > 1 ? `the path by ${spec.path_policy}` : ''],
    ['Made', timeText(created_at)],
  ] as const;
}

export function VolumePage({ name }: { name: string }) {
  const volume = useDocument('volume', name);
  if (!volume) return <Missing kind="volume" name={name} page="volumes" />;
  const { spec } = volume;
  return (
    <Screen
      title={name}
      beside={<StateLabel state={volume.status.state} />}
      actions={<Actions of={volume} />}
      above={<PlaceLink page="volumes">Volumes</PlaceLink>}
    >
      <div className="lw-grid">
        <Panel title="About it" className={spec.kind === 'lun' ? '' : 'lw-wide'}>
          <Facts facts={factsOf(volume, sizeOf(volume))} />
        </Panel>
        {spec.kind === 'lun' ? (
          <Panel title="Paths">
            <ol className="lw-list">
              {spec.paths.map((path) => (
                <li key={`${path.target} ${path.lun} ${path.portal ?? ''}`}>
                  LUN {path.lun} of <PlaceLink page="targets" name={path.target} />
                  {path.portal ? ` at ${path.portal}` : ''}
                  {path.preferred ? ', preferred' : ''}
                </li>
              ))}
            </ol>
          </Panel>
        ) : null}
        <EventsOf kind="volume" name={name} />
      </div>
    </Screen>
  );
}
