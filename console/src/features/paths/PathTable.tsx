// Paths as text, with what an operator can do to them.
import { Button } from '@patternfly/react-core';
import { changePath } from '../../api/client';
import { PlaceLink } from '../../parts/Place';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useAct } from '../../state/act';
import type { Act } from '../../state/act';
import { useMay } from '../../state/roles';
import type { PathOf } from './picture';

function Actions({ one, act }: { one: PathOf; act: Act }) {
  const { functionName, path } = one;
  const what = `path ${path.path} of ${functionName}`;
  const change = (verb: 'fail' | 'retry') => void act.run(() => changePath(functionName, path.path, verb));
  return (
    <span className="lw-row-actions">
      <Button
        variant="link"
        isInline
        isDisabled={act.isBusy}
        aria-label={`Retry ${what}`}
        onClick={() => change('retry')}
      >
        Retry
      </Button>
      {path.state === 'out' ? null : (
        <Button
          variant="link"
          isInline
          isDisabled={act.isBusy}
          aria-label={`Take out ${what}`}
          onClick={() => change('fail')}
        >
          Take out
        </Button>
      )}
    </span>
  );
}

const columns: Column<PathOf>[] = [
  {
    title: 'Function',
    cell: ({ functionName }) => <PlaceLink page="functions" name={functionName} />,
    sortBy: ({ functionName }) => functionName,
  },
  { title: 'Path', cell: ({ path }) => path.path, sortBy: ({ path }) => path.path, width: '6.5rem', hides: 'narrow' },
  {
    title: 'State',
    cell: ({ path }) => <StateLabel state={path.state} />,
    sortBy: ({ path }) => path.state,
    width: '8rem',
  },
  { title: 'Portal', cell: ({ path }) => path.address || '–', sortBy: ({ path }) => path.address ?? '' },
  { title: 'LUN', cell: ({ path }) => `${path.target}/${path.lun}`, hides: 'medium' },
  { title: 'What is wrong', cell: ({ path }) => <span title={path.error}>{path.error}</span>, hides: 'medium' },
];

export function PathTable({ paths }: { paths: readonly PathOf[] }) {
  const act = useAct();
  const mayChange = useMay('operator');
  const actions: Column<PathOf> = { title: 'Actions', cell: (one) => <Actions one={one} act={act} />, width: '10rem' };
  return (
    <>
      <ProblemAlert problem={act.problem} />
      <VirtualTable
        label="Paths"
        columns={mayChange ? [...columns, actions] : columns}
        rows={paths}
        keyOf={({ functionName, path }) => `${functionName} ${path.path}`}
      />
    </>
  );
}
