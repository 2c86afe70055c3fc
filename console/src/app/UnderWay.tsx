// In the bar: how many tasks are under way.
import { Spinner } from '@patternfly/react-core';
import { plural } from '../format/numbers';
import { PlaceLink } from '../parts/Place';
import { useStore } from '../state/store';

export function UnderWay() {
  const tasks = useStore((state) => state.tasks);
  const count = tasks.filter(({ state }) => state === 'queued' || state === 'running').length;
  if (count === 0) return null;
  return (
    <span className="lw-under-way">
      <Spinner size="md" aria-hidden="true" />
      <PlaceLink page="tasks">{plural(count, 'task')}</PlaceLink>
    </span>
  );
}
