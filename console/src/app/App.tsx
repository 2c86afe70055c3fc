// Which page is shown.
import { Bullseye, Spinner } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { AuditPage } from '../features/access/AuditPage';
import { TokensPage } from '../features/access/TokensPage';
import { UsersPage } from '../features/access/UsersPage';
import { EventsPage } from '../features/events/EventsPage';
import { FunctionPage } from '../features/functions/FunctionPage';
import { FunctionsPage } from '../features/functions/FunctionsPage';
import { LoginPage } from '../features/login/LoginPage';
import { MachinePage } from '../features/machines/MachinePage';
import { MachinesPage } from '../features/machines/MachinesPage';
import { OverviewPage } from '../features/overview/OverviewPage';
import { PoliciesPage } from '../features/policies/PoliciesPage';
import { PolicyPage } from '../features/policies/PolicyPage';
import { TargetPage } from '../features/targets/TargetPage';
import { TargetsPage } from '../features/targets/TargetsPage';
import { TasksPage } from '../features/tasks/TasksPage';
import { VolumePage } from '../features/volumes/VolumePage';
import { VolumesPage } from '../features/volumes/VolumesPage';
import { Missing } from '../parts/Missing';
import { useMay } from '../state/roles';
import { useStore } from '../state/store';
import { Shell } from './Shell';
import { placeOf, usePath } from './router';
import type { Place } from './router';

const lists: Record<string, () => ReactNode> = {
  '': () => <OverviewPage />,
  machines: () => <MachinesPage />,
  functions: () => <FunctionsPage />,
  volumes: () => <VolumesPage />,
  targets: () => <TargetsPage />,
  policies: () => <PoliciesPage />,
  tasks: () => <TasksPage />,
  events: () => <EventsPage />,
};
const listsOfAdministrators: Record<string, () => ReactNode> = {
  users: () => <UsersPage />,
  tokens: () => <TokensPage />,
  audit: () => <AuditPage />,
};
const single: Record<string, (name: string) => ReactNode> = {
  machines: (name) => <MachinePage key={name} name={name} />,
  functions: (name) => <FunctionPage key={name} name={name} />,
  volumes: (name) => <VolumePage key={name} name={name} />,
  targets: (name) => <TargetPage key={name} name={name} />,
  policies: (name) => <PolicyPage key={name} name={name} />,
};

function pageOf({ page, name }: Place, isAdministrator: boolean): ReactNode {
  const one = single[page];
  if (name !== '' && one) return one(name);
  const list = lists[page] ?? (isAdministrator ? listsOfAdministrators[page] : undefined);
  return list && name === '' ? list() : <Missing kind="page" name={page} page="" />;
}

function Waiting({ text }: { text: string }) {
  return (
    <Bullseye className="lw-waiting">
      <div role="status">
        <Spinner aria-label={text} /> <p>{text}</p>
      </div>
    </Bullseye>
  );
}

export function App() {
  const phase = useStore((state) => state.phase);
  const session = useStore((state) => state.session);
  const isLoaded = useStore((state) => state.isLoaded);
  const link = useStore((state) => state.link);
  const isAdministrator = useMay('administrator');
  const place = placeOf(usePath());
  if (phase === 'logged_out') return <LoginPage />;
  if (!session)
    return <Waiting text={link === 'offline' ? 'lanewayd does not answer; trying again' : 'Asking lanewayd'} />;
  return (
    <Shell session={session} place={place}>
      {isLoaded ? pageOf(place, isAdministrator) : <Waiting text="Reading what there is" />}
    </Shell>
  );
}
