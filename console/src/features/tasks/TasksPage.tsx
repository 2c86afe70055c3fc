// What lanewayd is doing and has done, newest first; what is under way can be taken back.
import { Button, ExpandableSection, Progress, ProgressMeasureLocation } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { cancelTask } from '../../api/client';
import type { Task } from '../../api/types';
import { timeText } from '../../format/times';
import { FilterBar, noFilter } from '../../parts/FilterBar';
import { Nothing } from '../../parts/Nothing';
import { Older } from '../../parts/Older';
import { SubjectLink } from '../../parts/Place';
import { hasWords } from '../../parts/rows';
import { ProblemAlert } from '../../parts/ProblemAlert';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useAct } from '../../state/act';
import type { Act } from '../../state/act';
import { useLog } from '../../state/log';
import { useMay } from '../../state/roles';
import { useStore } from '../../state/store';

const states = ['queued', 'running', 'done', 'failed', 'cancelled'];

export function isUnderWay({ state }: Task): boolean {
  return state === 'queued' || state === 'running';
}

const subject = ({ verb, subject: { kind, name } }: Task): string => `${verb} ${kind} ${name}`;

const columns: Column<Task>[] = [
  { title: 'Time', cell: ({ created_at }) => timeText(created_at), width: '13rem', hides: 'medium' },
  {
    title: 'Task',
    cell: ({ verb, subject: about }) => (
      <>
        {verb} <SubjectLink {...about} />
      </>
    ),
  },
  {
    title: 'State',
    cell: ({ state }) => <StateLabel state={state} tone={state === 'running' ? 'busy' : undefined} />,
    width: '8rem',
  },
  { title: 'By', cell: ({ by }) => by, width: '9rem', hides: 'narrow' },
  {
    title: 'What is said',
    cell: ({ reason, log }) => <Said text={reason || (log.at(-1)?.text ?? '')} />,
    hides: 'narrow',
  },
];

function Said({ text }: { text: string }) {
  return <span title={text}>{text}</span>;
}

function UnderWay({ task, act }: { task: Task; act: Act }) {
  const mayChange = useMay('operator');
  return (
    <li className="lw-task">
      <Progress
        value={task.progress}
        title={subject(task)}
        size="sm"
        measureLocation={ProgressMeasureLocation.top}
        aria-label={subject(task)}
      />
      {mayChange ? (
        <Button
          variant="secondary"
          size="sm"
          isDisabled={act.isBusy}
          aria-label={`Cancel: ${subject(task)}`}
          onClick={() => void act.run(() => cancelTask(task.id))}
        >
          Cancel
        </Button>
      ) : null}
      <ExpandableSection toggleText="Log" className="lw-task-log">
        <ol>
          {task.log.map(({ time, text }, index) => (
            <li key={`${index} ${time}`}>
              <time dateTime={time}>{timeText(time)}</time> {text}
            </li>
          ))}
        </ol>
      </ExpandableSection>
    </li>
  );
}

const idOf = ({ id }: Task): string => id;

export function TasksPage() {
  const live = useStore((state) => state.tasks);
  const { items, act: logAct, older } = useLog<Task>('tasks', live, idOf);
  const act = useAct();
  const [filter, setFilter] = useState(noFilter);
  const shown = useMemo(
    () =>
      items.filter(
        (task) =>
          (filter.state === '' || task.state === filter.state) &&
          hasWords(`${subject(task)} ${task.by} ${task.reason}`, filter.words),
      ),
    [items, filter],
  );
  const underWay = items.filter(isUnderWay).slice(0, 20);
  return (
    <Screen title="Tasks">
      <ProblemAlert problem={act.problem} />
      {underWay.length > 0 ? (
        <ul className="lw-tasks" aria-label="Under way">
          {underWay.map((task) => (
            <UnderWay key={task.id} task={task} act={act} />
          ))}
        </ul>
      ) : null}
      {items.length === 0 ? (
        <Nothing title="No tasks yet">Every change that the engine has to follow is a task.</Nothing>
      ) : (
        <>
          <FilterBar
            one="task"
            filter={filter}
            onChange={setFilter}
            states={states}
            shown={shown.length}
            total={items.length}
          />
          <VirtualTable label="Tasks" columns={columns} rows={shown} keyOf={({ id }) => id} isSorted />
          <Older act={logAct} older={older} />
        </>
      )}
    </Screen>
  );
}
