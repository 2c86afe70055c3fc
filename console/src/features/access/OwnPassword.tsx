// Everybody may change their own password; sessions end with it, this one too.
import { useState } from 'react';
import { setPassword } from '../../api/client';
import { Dialog } from '../../parts/Dialog';
import { TextField } from '../../parts/fields';
import { endSession } from '../../state/link';
import { passwordHelp } from './words';

export function OwnPassword({ user, onClose }: { user: string; onClose: () => void }) {
  const [current, setCurrent] = useState('');
  const [password, setNew] = useState('');
  const send = async (): Promise<void> => {
    await setPassword(user, password, current);
    endSession('Your password was changed. Log in with the new one.');
  };
  return (
    <Dialog
      title="Change your password"
      verb="Change"
      fields={['password', 'current_password']}
      onSend={send}
      onClose={onClose}
      explanation="You then log in again with the new one."
    >
      <TextField
        label="Present password"
        field="current_password"
        isRequired
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
      />
      <TextField
        label="New password"
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
