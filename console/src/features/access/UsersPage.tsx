// People who log in with a password.
import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { change, create, setPassword } from '../../api/client';
import type { Role, User } from '../../api/types';
import { timeText } from '../../format/times';
import { DeleteButton } from '../../parts/DeleteDialog';
import { Dialog } from '../../parts/Dialog';
import { CheckField, ChoiceField, TextField } from '../../parts/fields';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useDocuments, useStore } from '../../state/store';
import { passwordHelp, roles } from './words';

function CreateUser({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<string>('viewer');
  const [password, setNew] = useState('');
  const [isMade, setMade] = useState(false);
  const send = async (): Promise<void> => {
    // Where the password was refused, the user is there already.
    if (!isMade) await create('user', name, { role });
    setMade(true);
    await setPassword(name, password, '');
  };
  return (
    <Dialog
      title="Create user"
      verb="Create"
      fields={['name', 'spec.role', 'password']}
      onSend={send}
      onClose={onClose}
      explanation="The password holds for the first log-in, in which the user chooses another."
    >
      <TextField label="Name" field="name" isRequired value={name} onChange={setName} />
      <ChoiceField label="Role" field="spec.role" value={role} options={roles} onChange={setRole} />
      <TextField
        label="Password"
        field="password"
        isRequired
        type="password"
        autoComplete="new-password"
        help={passwordHelp}
        value={password}
        onChange={setNew}
      />
    </Dialog>
  );
}

function EditUser({ user, onClose }: { user: User; onClose: () => void }) {
  const [role, setRole] = useState<string>(user.spec.role);
  const [isDisabled, setDisabled] = useState(user.spec.disabled);
  const [password, setNew] = useState('');
  const send = async (): Promise<void> => {
    const isChanged = role !== user.spec.role || isDisabled !== user.spec.disabled;
    if (isChanged) await change('user', user, { role: role as Role, disabled: isDisabled });
    if (password !== '') await setPassword(user.name, password, '');
  };
  return (
    <Dialog
      title={`Change ${user.name}`}
      verb="Save"
      fields={['spec.role', 'password']}
      onSend={send}
      onClose={onClose}
    >
      <ChoiceField label="Role" field="spec.role" value={role} options={roles} onChange={setRole} />
      <CheckField label="May not log in" field="spec.disabled" isChecked={isDisabled} onChange={setDisabled} />
      <TextField
        label="New password"
        field="password"
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setNew}
        help={`Nothing: it stays as it is. ${passwordHelp} Sessions of the user end.`}
      />
    </Dialog>
  );
}

function stateOf({ spec, status }: User): string {
  if (spec.disabled) return 'disabled';
  if (!status.has_password) return 'no password';
  return status.must_change_password ? 'first password' : 'active';
}

function Actions({ user }: { user: User }) {
  const [isOpen, setOpen] = useState(false);
  const me = useStore((state) => state.session?.user);
  return (
    <span className="lw-row-actions">
      {user.name === me ? (
        'you'
      ) : (
        <>
          <Button variant="link" isInline onClick={() => setOpen(true)} aria-label={`Change ${user.name}`}>
            Change
          </Button>
          <DeleteButton kind="user" name={user.name} page="users" isInline>
            Sessions of the user end at once.
          </DeleteButton>
        </>
      )}
      {isOpen ? <EditUser user={user} onClose={() => setOpen(false)} /> : null}
    </span>
  );
}

const columns: Column<User>[] = [
  { title: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
  { title: 'Role', cell: ({ spec }) => spec.role, sortBy: ({ spec }) => spec.role, width: '10rem' },
  {
    title: 'State',
    cell: (user) => <StateLabel state={stateOf(user)} />,
    sortBy: stateOf,
    width: '10rem',
    hides: 'narrow',
  },
  {
    title: 'Made',
    cell: ({ created_at }) => timeText(created_at),
    sortBy: ({ created_at }) => created_at,
    hides: 'medium',
  },
  { title: 'Actions', cell: (user) => <Actions user={user} />, width: '11rem' },
];

export function UsersPage() {
  const users = useDocuments('user');
  const [isMaking, setMaking] = useState(false);
  const rows = useMemo(() => [...users.values()], [users]);
  return (
    <Screen title="Users" actions={<Button onClick={() => setMaking(true)}>Create user</Button>}>
      <VirtualTable label="Users" columns={columns} rows={rows} keyOf={({ uid }) => uid} />
      {isMaking ? <CreateUser onClose={() => setMaking(false)} /> : null}
    </Screen>
  );
}
