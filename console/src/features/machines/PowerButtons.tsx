// Switches of a machine.
import { Button, Content } from '@patternfly/react-core';
import { useState } from 'react';
import { powerMachine } from '../../api/client';
import type { Machine } from '../../api/types';
import { DeleteButton } from '../../parts/DeleteDialog';
import { Dialog } from '../../parts/Dialog';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { useAct } from '../../state/act';
import { useMay } from '../../state/roles';
import { switchesOf } from './power';
import type { Switch } from './power';

export function PowerButtons({ of: machine }: { of: Machine }) {
  const act = useAct();
  const [asked, setAsked] = useState<Switch | null>(null);
  if (!useMay('operator')) return null;
  const press = (pressed: Switch): void => {
    if (pressed.warning) setAsked(pressed);
    else void act.run(() => powerMachine(machine.name, pressed.action));
  };
  return (
    <>
      {switchesOf(machine).map((each) => (
        <Button
          key={each.action}
          variant={each.action === 'start' ? 'primary' : 'secondary'}
          isDanger={each.action === 'force_off'}
          isDisabled={act.isBusy}
          onClick={() => press(each)}
        >
          {each.label}
        </Button>
      ))}
      <DeleteButton
        kind="machine"
        name={machine.name}
        page="machines"
        hasTrial={false}
        force={
          machine.status.state === 'stopped' ? undefined : 'It is on: it is switched off as if its plug were pulled.'
        }
      >
        Its definition goes away. What its disks hold stays.
      </DeleteButton>
      <ProblemAlert problem={act.problem} />
      {asked ? (
        <Dialog
          title={`${asked.label}: ${machine.name}?`}
          verb={asked.label}
          isDangerous
          onClose={() => setAsked(null)}
          onSend={() => powerMachine(machine.name, asked.action)}
        >
          <Content component="p">{asked.warning}</Content>
        </Dialog>
      ) : null}
    </>
  );
}
