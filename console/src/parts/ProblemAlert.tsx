// A problem in full: what is wrong, what to do, and the task that knows more.
import { Alert } from '@patternfly/react-core';
import { sentenceOf } from '../api/problem';
import type { Problem } from '../api/types';
import { PlaceLink } from './Place';

export function ProblemAlert({ problem }: { problem: Problem | null }) {
  if (!problem) return null;
  return (
    <Alert variant="danger" isInline title={problem.title} component="p" role="alert" className="lw-problem">
      {sentenceOf(problem)} {problem.task ? <PlaceLink page="tasks">See the task.</PlaceLink> : null}
    </Alert>
  );
}
