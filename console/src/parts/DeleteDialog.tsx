// Asks before anything is deleted. Whether lanewayd would do it is asked first (a dry run), and a refusal is shown in
// place of the button.
import { Button, Content } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { remove, wouldRemove } from '../api/client';
import { asProblem } from '../api/problem';
import type { Kind, Problem } from '../api/types';
import { goTo, pathOf } from '../app/router';
import { CheckField } from './fields';
import { Dialog } from './Dialog';
import { ProblemAlert } from './ProblemAlert';

interface DeleteProps {
  kind: Kind;
  name: string;
  page: string; // where to go when it is gone
  force?: string; // what deleting it anyway means; absent: that is not offered
  isInline?: boolean; // in a row of a table
  hasTrial?: boolean; // whether lanewayd can be asked before
  children: ReactNode; // what is lost
}

function DeleteDialog({
  kind,
  name,
  page,
  force,
  children,
  hasTrial = true,
  onClose,
}: DeleteProps & { onClose: () => void }) {
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const [isForced, setForced] = useState(false);
  useEffect(() => {
    if (!hasTrial) return;
    let isOver = false;
    wouldRemove(kind, name, isForced).then(
      () => !isOver && setRefusal(null),
      (error: unknown) => !isOver && setRefusal(asProblem(error)),
    );
    return () => {
      isOver = true;
    };
  }, [kind, name, isForced, hasTrial]);
  const send = async (): Promise<void> => {
    await remove(kind, name, isForced);
    goTo(pathOf(page));
  };
  return (
    <Dialog
      title={`Delete ${kind} ${name}?`}
      verb="Delete"
      isDangerous
      isReady={refusal === null}
      onSend={send}
      onClose={onClose}
    >
      <Content component="p">{children}</Content>
      <ProblemAlert problem={refusal} />
      {force ? (
        <CheckField
          label="Delete it all the same"
          field="force"
          help={force}
          isChecked={isForced}
          onChange={setForced}
        />
      ) : null}
    </Dialog>
  );
}

export function DeleteButton(props: DeleteProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        variant={props.isInline ? 'link' : 'secondary'}
        isInline={props.isInline}
        isDanger
        aria-label={`Delete ${props.name}`}
        onClick={() => setOpen(true)}
      >
        Delete
      </Button>
      {isOpen ? <DeleteDialog {...props} onClose={() => setOpen(false)} /> : null}
    </>
  );
}
