// Makes a volume of a LUN, a file or memory.
import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { create } from '../../api/client';
import type { VolumePath } from '../../api/types';
import { goTo, pathOf } from '../../app/router';
import { parseSize, sizeText } from '../../format/numbers';
import { Dialog } from '../../parts/Dialog';
import { ChoiceField, TextField } from '../../parts/fields';
import { useDocuments } from '../../state/store';

interface Path {
  target: string;
  lun: string;
  portal: string;
}
interface Wish {
  name: string;
  kind: 'lun' | 'file' | 'memory' | 'null';
  size: string;
  path: string;
  paths: Path[];
}

function pathOfWish({ target, lun, portal }: Path): Partial<VolumePath> {
  return { target, lun: Number(lun), ...(portal === '' ? {} : { portal }) };
}

function specOf(wish: Wish): unknown {
  const size = wish.size === '' ? {} : { size_bytes: parseSize(wish.size) };
  if (wish.kind === 'lun') return { kind: 'lun', paths: wish.paths.map(pathOfWish) };
  if (wish.kind === 'file') return { kind: 'file', path: wish.path, ...size };
  return { kind: wish.kind, ...size };
}

const kinds = [
  { value: 'lun', label: 'LUN of an iSCSI target' },
  { value: 'file', label: 'File' },
  { value: 'memory', label: 'Memory: lost when the host restarts' },
  { value: 'null', label: 'Nothing: for measurements' },
];

interface PathFieldsProps {
  path: Path;
  index: number;
  onChange: (path: Path) => void;
}

function PathFields({ path, index, onChange }: PathFieldsProps) {
  const targets = useDocuments('target');
  const luns = (targets.get(path.target)?.status.luns ?? []).map(({ lun, capacity_bytes, function: user }) => ({
    value: String(lun),
    label: `${lun}${capacity_bytes ? `, ${sizeText(capacity_bytes)}` : ''}${user ? `, used by ${user}` : ''}`,
  }));
  const field = `spec.paths[${index}]`;
  const which = index === 0 ? '' : ` of path ${index + 1}`;
  return (
    <>
      <ChoiceField
        label={`Target${which}`}
        field={`${field}.target`}
        isRequired
        value={path.target}
        onChange={(target) => onChange({ ...path, target, lun: '' })}
        options={[
          { value: '', label: 'Choose one' },
          ...[...targets.keys()].map((name) => ({ value: name, label: name })),
        ]}
      />
      {luns.length > 0 ? (
        <ChoiceField
          label={`LUN${which}`}
          field={`${field}.lun`}
          isRequired
          value={path.lun}
          onChange={(lun) => onChange({ ...path, lun })}
          options={[{ value: '', label: 'Choose one' }, ...luns]}
        />
      ) : (
        <TextField
          label={`LUN${which}`}
          field={`${field}.lun`}
          isRequired
          type="number"
          value={path.lun}
          onChange={(lun) => onChange({ ...path, lun })}
        />
      )}
      {index > 0 ? (
        <TextField
          label={`Portal${which}`}
          field={`${field}.portal`}
          help="Another portal than the target’s own."
          value={path.portal}
          onChange={(portal) => onChange({ ...path, portal })}
        />
      ) : null}
    </>
  );
}

function isReady(wish: Wish): boolean {
  if (wish.kind === 'lun') return wish.paths.every(({ target, lun }) => target !== '' && lun !== '');
  return wish.size === '' || parseSize(wish.size) !== null;
}

const noPath: Path = { target: '', lun: '', portal: '' };
const pathsMax = 8;
const fields = ['name', 'spec.kind', 'spec.size_bytes', 'spec.path'];

interface LunFieldsProps {
  wish: Wish;
  set: (change: Partial<Wish>) => void;
}

function LunFields({ wish, set }: LunFieldsProps) {
  return (
    <>
      {wish.paths.map((path, index) => (
        <PathFields
          key={index}
          path={path}
          index={index}
          onChange={(changed) => set({ paths: wish.paths.map((each, at) => (at === index ? changed : each)) })}
        />
      ))}
      {wish.paths.length < pathsMax ? (
        <div>
          <Button variant="link" isInline onClick={() => set({ paths: [...wish.paths, noPath] })}>
            Add another path to the same disk
          </Button>
        </div>
      ) : null}
    </>
  );
}

export function CreateVolume({ onClose }: { onClose: () => void }) {
  const hasTargets = useDocuments('target').size > 0;
  const [wish, setWish] = useState<Wish>({
    name: '',
    kind: hasTargets ? 'lun' : 'file',
    size: '',
    path: '',
    paths: [noPath],
  });
  const set = (change: Partial<Wish>): void => setWish((now) => ({ ...now, ...change }));
  const send = async (): Promise<void> => {
    await create('volume', wish.name, specOf(wish));
    goTo(pathOf('volumes', wish.name));
  };
  const wrongSize =
    wish.size !== '' && parseSize(wish.size) === null
      ? 'Give a size such as 64M, 20G or a number of bytes.'
      : undefined;
  return (
    <Dialog
      title="Create volume"
      verb="Create"
      fields={fields}
      isReady={isReady(wish)}
      onSend={send}
      onClose={onClose}
      explanation="A disk for one function."
    >
      <TextField label="Name" field="name" isRequired value={wish.name} onChange={(name) => set({ name })} />
      <ChoiceField
        label="Kind"
        field="spec.kind"
        value={wish.kind}
        options={kinds}
        onChange={(kind) => set({ kind: kind as Wish['kind'] })}
      />
      {wish.kind === 'file' ? (
        <TextField
          label="Path of the file"
          field="spec.path"
          isRequired
          placeholder="/var/lib/laneway/disk.img"
          value={wish.path}
          onChange={(path) => set({ path })}
        />
      ) : null}
      {wish.kind === 'lun' ? (
        <LunFields wish={wish} set={set} />
      ) : (
        <TextField
          label="Size"
          field="spec.size_bytes"
          isRequired={wish.kind !== 'file'}
          placeholder="20G"
          wrong={wrongSize}
          value={wish.size}
          help={
            wish.kind === 'file' ? 'A file that is not there is made; without a size it has to be there.' : undefined
          }
          onChange={(size) => set({ size })}
        />
      )}
    </Dialog>
  );
}
