// A form in a dialog: sends, shows what was refused at the field it names, closes when it went well.
import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from '@patternfly/react-core';
import { useId } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { isAbout } from '../api/problem';
import { useAct } from '../state/act';
import { ProblemContext } from './fields';
import { ProblemAlert } from './ProblemAlert';

interface DialogProps {
  title: string;
  explanation?: ReactNode;
  verb: string;
  isDangerous?: boolean;
  isReady?: boolean; // what is filled in may be sent
  fields?: readonly string[]; // that show their problems themselves
  width?: 'small' | 'medium';
  onSend: () => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}

export function Dialog(props: DialogProps) {
  const { isBusy, problem, run } = useAct();
  const id = useId();
  const isReady = props.isReady ?? true;
  const isShownAtField = problem !== null && (props.fields ?? []).some((field) => isAbout(problem, field));
  const send = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault();
    if (!isReady || isBusy) return;
    if (await run(props.onSend)) props.onClose();
  };
  return (
    <Modal
      isOpen
      variant={props.width ?? 'small'}
      onClose={props.onClose}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-body`}
    >
      <ModalHeader
        title={props.title}
        labelId={`${id}-title`}
        titleIconVariant={props.isDangerous ? 'warning' : undefined}
        description={props.explanation}
      />
      <ModalBody id={`${id}-body`}>
        <ProblemContext.Provider value={problem}>
          <Form id={`${id}-form`} onSubmit={(event) => void send(event)} noValidate>
            {isShownAtField ? null : <ProblemAlert problem={problem} />}
            {props.children}
          </Form>
        </ProblemContext.Provider>
      </ModalBody>
      <ModalFooter>
        <Button
          type="submit"
          form={`${id}-form`}
          variant={props.isDangerous ? 'danger' : 'primary'}
          isLoading={isBusy}
          isDisabled={!isReady || isBusy}
        >
          {props.verb}
        </Button>
        <Button variant="link" onClick={props.onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
