// The serial console and the screen of a machine that is on; opened when asked for: a serial console has one user.
import { Button, Spinner } from '@patternfly/react-core';
import { Suspense, lazy, useState } from 'react';
import type { Machine } from '../../api/types';
import { Panel } from '../../parts/Panel';
import { useMay } from '../../state/roles';

const Serial = lazy(() => import('./Serial'));
const VncScreen = lazy(() => import('./VncScreen'));
const titles = { serial: 'Serial console', screen: 'Screen' };

export function Consoles({ of: machine }: { of: Machine }) {
  const [opened, setOpened] = useState<'serial' | 'screen' | null>(null);
  const mayOpen = useMay('operator');
  const { state, has_serial: hasSerial, has_screen: hasScreen } = machine.status;
  const isOn = state === 'running' || state === 'paused';
  if (!mayOpen || !isOn || !(hasSerial || hasScreen)) return null;
  const toggle = (what: 'serial' | 'screen') => (
    <Button
      variant="secondary"
      size="sm"
      aria-expanded={opened === what}
      onClick={() => setOpened(opened === what ? null : what)}
    >
      {opened === what ? `Close ${titles[what].toLowerCase()}` : titles[what]}
    </Button>
  );
  const actions = (
    <span className="lw-row-actions">
      {hasSerial ? toggle('serial') : null}
      {hasScreen ? toggle('screen') : null}
    </span>
  );
  return (
    <Panel title="Consoles" className="lw-wide" actions={actions}>
      <Suspense fallback={<Spinner aria-label="Loading" />}>
        {opened === 'serial' ? <Serial name={machine.name} /> : null}
        {opened === 'screen' ? <VncScreen name={machine.name} /> : null}
        {opened === null ? <p className="lw-note">Opened when you ask for one.</p> : null}
      </Suspense>
    </Panel>
  );
}
