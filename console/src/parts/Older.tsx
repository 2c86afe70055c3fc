// Below a log: gets what is older.
import { Button } from '@patternfly/react-core';
import type { Act } from '../state/act';
import { ProblemAlert } from './ProblemAlert';

export function Older({ act, older }: { act: Act; older: (() => void) | null }) {
  return (
    <div className="lw-older">
      <ProblemAlert problem={act.problem} />
      {older ? (
        <Button variant="link" onClick={older} isLoading={act.isBusy} isDisabled={act.isBusy}>
          Show older
        </Button>
      ) : null}
    </div>
  );
}
