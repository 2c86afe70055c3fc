// The limits of something that is there: changed live, when the operator says so.
import { ActionGroup, Button, Content, Form } from '@patternfly/react-core';
import { useState } from 'react';
import { change } from '../../api/client';
import type { Policy, VirtualFunction } from '../../api/types';
import { Panel } from '../../parts/Panel';
import { ProblemContext } from '../../parts/fields';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { useAct } from '../../state/act';
import { useMay } from '../../state/roles';
import type { Rate } from '../../state/rates';
import { LimitsEditor } from './LimitsEditor';
import { draftOf, limitsPatch } from './limits';
import type { Draft } from './limits';

interface LimitsPanelProps {
  of: Policy | VirtualFunction;
  note?: string;
  rate?: Rate | undefined;
}

function isSame(a: Draft, b: Draft): boolean {
  return Object.keys(limitsPatch(a, b)).length === 0;
}

// Somebody else changed them, or lanewayd did: what is shown begins anew.
export function LimitsPanel(props: LimitsPanelProps) {
  return <Limits key={`${props.of.uid}/${props.of.generation}`} {...props} />;
}

function Limits({ of, note, rate }: LimitsPanelProps) {
  const mayChange = useMay('operator');
  const stored = draftOf(of.spec.limits);
  const [draft, setDraft] = useState(stored);
  const act = useAct();
  const isChanged = !isSame(stored, draft);
  const apply = (): void => {
    const spec = { limits: limitsPatch(stored, draft) };
    void act.run(() => (of.kind === 'policy' ? change('policy', of, spec) : change('function', of, spec)));
  };
  const isShownAtField = act.problem?.field?.startsWith('spec.limits.') ?? false;
  return (
    <Panel title="Limits">
      <ProblemContext.Provider value={act.problem}>
        <Form onSubmit={(event) => event.preventDefault()}>
          {note ? <Content component="p">{note}</Content> : null}
          <LimitsEditor draft={draft} onChange={setDraft} rate={rate} isReadOnly={!mayChange} />
          {isShownAtField ? null : <ProblemAlert problem={act.problem} />}
          {mayChange ? (
            <ActionGroup>
              <Button type="submit" onClick={apply} isDisabled={!isChanged || act.isBusy} isLoading={act.isBusy}>
                Apply
              </Button>
              <Button variant="link" onClick={() => setDraft(stored)} isDisabled={!isChanged}>
                Undo
              </Button>
            </ActionGroup>
          ) : null}
        </Form>
      </ProblemContext.Provider>
    </Panel>
  );
}
