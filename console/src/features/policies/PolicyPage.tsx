// One policy.
import { Alert } from '@patternfly/react-core';
import { timeText } from '../../format/times';
import { DeleteButton } from '../../parts/DeleteDialog';
import { Facts } from '../../parts/Facts';
import { Missing } from '../../parts/Missing';
import { Panel } from '../../parts/Panel';
import { PlaceLink } from '../../parts/Place';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { useMay } from '../../state/roles';
import { useDocument } from '../../state/store';
import { EventsOf } from '../events/EventsOf';
import { LimitsPanel } from '../limits/LimitsPanel';

const meanings = {
  shared: 'Its functions together get these limits.',
  each: 'Every function gets these limits, where it has none of its own.',
};

function Functions({ names }: { names: readonly string[] }) {
  if (names.length === 0) return <>none</>;
  return (
    <ul className="lw-list">
      {names.map((name) => (
        <li key={name}>
          <PlaceLink page="functions" name={name} />
        </li>
      ))}
    </ul>
  );
}

export function PolicyPage({ name }: { name: string }) {
  const policy = useDocument('policy', name);
  const mayChange = useMay('operator');
  if (!policy) return <Missing kind="policy" name={name} page="policies" />;
  const { spec, status } = policy;
  const actions = mayChange ? (
    <DeleteButton kind="policy" name={name} page="policies">
      Functions must not use it any more.
    </DeleteButton>
  ) : null;
  return (
    <Screen
      title={name}
      beside={<StateLabel state={status.state} />}
      actions={actions}
      above={<PlaceLink page="policies">Policies</PlaceLink>}
    >
      {status.reason === '' ? null : <Alert isInline variant="warning" component="p" title={status.reason} />}
      <div className="lw-grid">
        <LimitsPanel of={policy} note={meanings[spec.mode]} />
        <Panel title="About it">
          <Facts
            facts={[
              ['Mode', spec.mode],
              ['Functions', <Functions key="functions" names={status.functions} />],
              ['Made', timeText(policy.created_at)],
            ]}
          />
        </Panel>
        <EventsOf kind="policy" name={name} />
      </div>
    </Screen>
  );
}
