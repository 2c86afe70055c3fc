// Logging in; the first time with a password of one's own as well, because somebody else knows the present one.
import { ActionGroup, Alert, Button, Form, Title } from '@patternfly/react-core';
import { useEffect, useRef, useState } from 'react';
import type { FormEvent } from 'react';
import { logIn } from '../../api/client';
import { sentenceOf, statusNoAnswer } from '../../api/problem';
import { ProblemContext, TextField } from '../../parts/fields';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { useAct } from '../../state/act';
import { beginSession } from '../../state/link';
import { useStore } from '../../state/store';
import { passwordHelp } from '../access/words';

const differs = 'It is not the same as the one above.';

function useLogIn() {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [own, setOwn] = useState('');
  const [again, setAgain] = useState('');
  const [needsOwn, setNeedsOwn] = useState(false);
  const act = useAct();
  useEffect(() => {
    if (act.problem?.field === 'new_password') setNeedsOwn(true);
  }, [act.problem]);
  const isReady = user !== '' && password !== '' && (!needsOwn || (own !== '' && own === again));
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isReady) await act.run(async () => beginSession(await logIn(user, password, own)));
  };
  return { user, setUser, password, setPassword, own, setOwn, again, setAgain, needsOwn, act, isReady, send };
}

function OwnPasswordFields({ form }: { form: ReturnType<typeof useLogIn> }) {
  return (
    <>
      <Alert
        isInline
        isPlain
        variant="info"
        component="p"
        title="This password was set by somebody else. Choose one of your own."
      />
      <TextField
        label="New password"
        field="new_password_again"
        isRequired
        type="password"
        autoComplete="new-password"
        help={passwordHelp}
        wrong={form.own !== '' && form.act.problem?.status === 400 ? sentenceOf(form.act.problem) : undefined}
        value={form.own}
        onChange={form.setOwn}
      />
      <TextField
        label="New password, again"
        field="again"
        isRequired
        type="password"
        autoComplete="new-password"
        wrong={form.again !== '' && form.own !== form.again ? differs : undefined}
        value={form.again}
        onChange={form.setAgain}
      />
    </>
  );
}

export function LoginPage() {
  const note = useStore((state) => state.note);
  const form = useLogIn();
  const first = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.title = 'Log in – Laneway';
    first.current?.querySelector('input')?.focus();
  }, []);
  const { problem, isBusy } = form.act;
  const isAboutOwn = form.needsOwn && (problem?.field === 'new_password' || problem?.status === 400);
  return (
    <main className="lw-login">
      <div className="lw-login-card" ref={first}>
        <img src="/laneway.svg" alt="" width={48} height={48} />
        <Title headingLevel="h1" size="2xl">
          Log in to Laneway
        </Title>
        {note === '' || problem ? null : <Alert isInline variant="info" component="p" title={note} />}
        <ProblemContext.Provider value={problem}>
          <Form onSubmit={(event) => void form.send(event)} noValidate>
            {isAboutOwn ? null : <ProblemAlert problem={problem} />}
            <TextField
              label="User"
              field="user"
              isRequired
              autoComplete="username"
              value={form.user}
              onChange={form.setUser}
            />
            <TextField
              label="Password"
              field="password"
              isRequired
              type="password"
              autoComplete="current-password"
              value={form.password}
              onChange={form.setPassword}
            />
            {form.needsOwn ? <OwnPasswordFields form={form} /> : null}
            <ActionGroup>
              <Button type="submit" isBlock isDisabled={!form.isReady || isBusy} isLoading={isBusy}>
                Log in
              </Button>
            </ActionGroup>
          </Form>
        </ProblemContext.Provider>
        {problem?.status === statusNoAnswer ? (
          <p className="lw-note">Guests are not affected: the engine serves without lanewayd.</p>
        ) : null}
      </div>
    </main>
  );
}
