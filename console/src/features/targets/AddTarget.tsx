// Adds an iSCSI target; asks a portal which there are, where one does not know the name.
import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { create, discover } from '../../api/client';
import type { Discovery } from '../../api/types';
import { goTo, pathOf } from '../../app/router';
import { plural } from '../../format/numbers';
import { Dialog } from '../../parts/Dialog';
import { ChoiceField, TextField } from '../../parts/fields';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { useAct } from '../../state/act';

interface Wish {
  name: string;
  portal: string;
  iqn: string;
  user: string;
  secret: string;
  digest: string;
}

function specOf(wish: Wish): unknown {
  return {
    iqn: wish.iqn,
    portal: wish.portal,
    ...(wish.user === '' ? {} : { chap: { user: wish.user, ...(wish.secret === '' ? {} : { secret: wish.secret }) } }),
    ...(wish.digest === 'none' ? {} : { header_digest: wish.digest, data_digest: wish.digest }),
  };
}

const fields = ['name', 'spec.portal', 'spec.iqn', 'spec.chap', 'spec.header_digest'];
const digests = [
  { value: 'none', label: 'None: TCP’s own' },
  { value: 'crc32c', label: 'CRC32C of headers and data' },
];

function Found({ found, iqn, onChange }: { found: Discovery; iqn: string; onChange: (iqn: string) => void }) {
  const options = found.targets.map((target) => ({ value: target.iqn, label: target.iqn }));
  return (
    <ChoiceField
      label={`${plural(found.targets.length, 'target')} at ${found.portal}`}
      field="found"
      value={iqn}
      onChange={onChange}
      options={[{ value: '', label: 'Choose one' }, ...options]}
    />
  );
}

interface LogInFieldsProps {
  wish: Wish;
  set: (change: Partial<Wish>) => void;
}

function LogInFields({ wish, set }: LogInFieldsProps) {
  return (
    <>
      <TextField
        label="CHAP user"
        field="spec.chap.user"
        help="Where the target asks for a password."
        value={wish.user}
        onChange={(user) => set({ user })}
      />
      <TextField
        label="CHAP secret"
        field="spec.chap.secret"
        type="password"
        autoComplete="new-password"
        value={wish.secret}
        onChange={(secret) => set({ secret })}
      />
      <ChoiceField
        label="Digests"
        field="spec.header_digest"
        value={wish.digest}
        options={digests}
        onChange={(digest) => set({ digest })}
      />
    </>
  );
}

export function AddTarget({ onClose }: { onClose: () => void }) {
  const [wish, setWish] = useState<Wish>({ name: '', portal: '', iqn: '', user: '', secret: '', digest: 'none' });
  const [found, setFound] = useState<Discovery | null>(null);
  const asking = useAct();
  const set = (change: Partial<Wish>): void => setWish((now) => ({ ...now, ...change }));
  const look = (): void =>
    void asking.run(async () => {
      const answer = await discover(wish.portal);
      setFound(answer);
      if (answer.targets.length === 1) set({ iqn: answer.targets[0]?.iqn ?? '' });
    });
  const send = async (): Promise<void> => {
    await create('target', wish.name, specOf(wish));
    goTo(pathOf('targets', wish.name));
  };
  return (
    <Dialog
      title="Add target"
      verb="Add"
      fields={fields}
      width="medium"
      onSend={send}
      onClose={onClose}
      explanation="It is logged in to at once, so that what is wrong is said here."
    >
      <TextField
        label="Name"
        field="name"
        isRequired
        help="Yours; it is called so everywhere here."
        value={wish.name}
        onChange={(name) => set({ name })}
      />
      <TextField
        label="Portal"
        field="spec.portal"
        isRequired
        placeholder="192.0.2.5 or array.example:3260"
        value={wish.portal}
        onChange={(portal) => set({ portal })}
      />
      <div>
        <Button
          variant="secondary"
          onClick={look}
          isDisabled={wish.portal === '' || asking.isBusy}
          isLoading={asking.isBusy}
        >
          Ask which targets it has
        </Button>
      </div>
      <ProblemAlert problem={asking.problem} />
      {found ? <Found found={found} iqn={wish.iqn} onChange={(iqn) => set({ iqn })} /> : null}
      <TextField
        label="iSCSI name"
        field="spec.iqn"
        isRequired
        placeholder="iqn.2001-05.com.example:disk1"
        value={wish.iqn}
        onChange={(iqn) => set({ iqn })}
      />
      <LogInFields wish={wish} set={set} />
    </Dialog>
  );
}
