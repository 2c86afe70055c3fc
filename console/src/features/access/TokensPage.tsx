// Bearer tokens of programs.
import { Button, ClipboardCopy, Content, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { createToken } from '../../api/client';
import type { Token } from '../../api/types';
import { timeText } from '../../format/times';
import { DeleteButton } from '../../parts/DeleteDialog';
import { Dialog } from '../../parts/Dialog';
import { ChoiceField, TextField } from '../../parts/fields';
import { Nothing } from '../../parts/Nothing';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useDocuments } from '../../state/store';
import { roles } from './words';

const dayS = 86_400;
const lifetimes = [
  { value: String(dayS), label: 'A day' },
  { value: String(30 * dayS), label: '30 days' },
  { value: String(365 * dayS), label: 'A year' },
  { value: String(3650 * dayS), label: 'Ten years' },
];

interface CreateProps {
  onMade: (secret: string) => void;
  onClose: () => void;
}

function CreateToken({ onMade, onClose }: CreateProps) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [lifetime, setLifetime] = useState(String(365 * dayS));
  const [description, setDescription] = useState('');
  const send = async (): Promise<void> => {
    const made = await createToken(name, { role, description, lifetime_s: Number(lifetime) });
    onMade(made.secret);
  };
  return (
    <Dialog
      title="Create token"
      verb="Create"
      fields={['name', 'spec.role', 'spec.description', 'spec.lifetime_s']}
      onSend={send}
      onClose={onClose}
      explanation="With it a program does what its role may do."
    >
      <TextField label="Name" field="name" isRequired value={name} onChange={setName} />
      <ChoiceField label="Role" field="spec.role" value={role} options={roles} onChange={setRole} />
      <ChoiceField
        label="It holds for"
        field="spec.lifetime_s"
        value={lifetime}
        options={lifetimes}
        onChange={setLifetime}
      />
      <TextField label="What it is for" field="spec.description" value={description} onChange={setDescription} />
    </Dialog>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="token-title" aria-describedby="token-body">
      <ModalHeader title="The token" labelId="token-title" description="It is shown this once and never again." />
      <ModalBody id="token-body">
        <ClipboardCopy isReadOnly hoverTip="Copy" clickTip="Copied" textAriaLabel="Token">
          {secret}
        </ClipboardCopy>
        <Content component="p">
          A program sends it in the header <code>Authorization: Bearer TOKEN</code>.
        </Content>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>I have it</Button>
      </ModalFooter>
    </Modal>
  );
}

const columns: Column<Token>[] = [
  { title: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
  { title: 'Role', cell: ({ spec }) => spec.role, sortBy: ({ spec }) => spec.role, width: '10rem' },
  {
    title: 'State',
    cell: ({ status }) => <StateLabel state={status.state} />,
    sortBy: ({ status }) => status.state,
    width: '8rem',
    hides: 'narrow',
  },
  {
    title: 'Expires',
    cell: ({ status }) => timeText(status.expires_at),
    sortBy: ({ status }) => status.expires_at,
    hides: 'narrow',
  },
  { title: 'What it is for', cell: ({ spec }) => spec.description, hides: 'medium' },
  {
    title: 'Actions',
    cell: ({ name }) => (
      <DeleteButton kind="token" name={name} page="tokens" isInline>
        Programs that use it are refused at once.
      </DeleteButton>
    ),
    width: '8rem',
  },
];

export function TokensPage() {
  const tokens = useDocuments('token');
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState('');
  const rows = useMemo(() => [...tokens.values()], [tokens]);
  return (
    <Screen title="Tokens" actions={<Button onClick={() => setMaking(true)}>Create token</Button>}>
      {rows.length === 0 ? (
        <Nothing title="No tokens yet">Programs use tokens where people use passwords.</Nothing>
      ) : (
        <VirtualTable label="Tokens" columns={columns} rows={rows} keyOf={({ uid }) => uid} />
      )}
      {isMaking ? <CreateToken onMade={setSecret} onClose={() => setMaking(false)} /> : null}
      {secret === '' ? null : <Secret secret={secret} onClose={() => setSecret('')} />}
    </Screen>
  );
}
