// Limits that several functions share, or each have.
import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { create } from '../../api/client';
import type { Policy } from '../../api/types';
import { goTo, pathOf } from '../../app/router';
import { Dialog } from '../../parts/Dialog';
import { ChoiceField, TextField } from '../../parts/fields';
import { FilterBar, noFilter } from '../../parts/FilterBar';
import { Nothing } from '../../parts/Nothing';
import { PlaceLink } from '../../parts/Place';
import { hasWords } from '../../parts/rows';
import { Screen } from '../../parts/Screen';
import { StateLabel } from '../../parts/StateLabel';
import { VirtualTable } from '../../parts/VirtualTable';
import type { Column } from '../../parts/VirtualTable';
import { useMay } from '../../state/roles';
import { useDocuments } from '../../state/store';
import { LimitsEditor } from '../limits/LimitsEditor';
import { draftOf, limitsOf, limitsSummary } from '../limits/limits';

const columns: Column<Policy>[] = [
  { title: 'Name', cell: ({ name }) => <PlaceLink page="policies" name={name} />, sortBy: ({ name }) => name },
  {
    title: 'State',
    cell: ({ status }) => <StateLabel state={status.state} />,
    sortBy: ({ status }) => status.state,
    width: '8rem',
  },
  { title: 'Mode', cell: ({ spec }) => spec.mode, sortBy: ({ spec }) => spec.mode, width: '7rem', hides: 'narrow' },
  { title: 'Limits', cell: ({ spec }) => limitsSummary(spec.limits) || 'none', hides: 'narrow' },
  {
    title: 'Functions',
    cell: ({ status }) => status.functions.length,
    sortBy: ({ status }) => status.functions.length,
    isRight: true,
    width: '8rem',
  },
];

const modes = [
  { value: 'shared', label: 'Shared: its functions together get these limits' },
  { value: 'each', label: 'Each: every function gets them, where it has none of its own' },
];

function CreatePolicy({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [mode, setMode] = useState('shared');
  const [draft, setDraft] = useState(draftOf(undefined));
  const send = async (): Promise<void> => {
    await create('policy', name, { mode, limits: limitsOf(draft) });
    goTo(pathOf('policies', name));
  };
  return (
    <Dialog
      title="Create policy"
      verb="Create"
      width="medium"
      fields={['name', 'spec.mode', 'spec.limits']}
      onSend={send}
      onClose={onClose}
    >
      <TextField label="Name" field="name" isRequired value={name} onChange={setName} />
      <ChoiceField label="Mode" field="spec.mode" value={mode} options={modes} onChange={setMode} />
      <LimitsEditor draft={draft} onChange={setDraft} />
    </Dialog>
  );
}

export function PoliciesPage() {
  const policies = useDocuments('policy');
  const mayChange = useMay('operator');
  const [filter, setFilter] = useState(noFilter);
  const [isMaking, setMaking] = useState(false);
  const all = useMemo(() => [...policies.values()], [policies]);
  const shown = useMemo(() => all.filter(({ name }) => hasWords(name, filter.words)), [all, filter]);
  return (
    <Screen
      title="Policies"
      actions={mayChange ? <Button onClick={() => setMaking(true)}>Create policy</Button> : null}
    >
      {all.length === 0 ? (
        <Nothing title="No policies yet">A policy limits several functions: together, or each in the same way.</Nothing>
      ) : (
        <>
          <FilterBar
            one="policy"
            many="policies"
            filter={filter}
            onChange={setFilter}
            shown={shown.length}
            total={all.length}
          />
          <VirtualTable label="Policies" columns={columns} rows={shown} keyOf={({ uid }) => uid} />
        </>
      )}
      {isMaking ? <CreatePolicy onClose={() => setMaking(false)} /> : null}
    </Screen>
  );
}
