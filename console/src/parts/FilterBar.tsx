// Above a table: words to look for, one state to keep to, and how many are left.
import {
  FormSelect,
  FormSelectOption,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from '@patternfly/react-core';
import { countText } from '../format/numbers';

export interface Filter {
  words: string;
  state: string; // '' is every state
}
export const noFilter: Filter = { words: '', state: '' };

interface FilterBarProps {
  one: string; // of what is listed: "function"
  many?: string;
  filter: Filter;
  onChange: (filter: Filter) => void;
  states?: readonly string[];
  shown: number;
  total: number;
}

export function FilterBar({ one, many = `${one}s`, filter, onChange, states = [], shown, total }: FilterBarProps) {
  const count = shown === total ? countText(total) : `${countText(shown)} of ${countText(total)}`;
  const label = total === 1 ? one : many;
  return (
    <Toolbar className="lw-toolbar">
      <ToolbarContent>
        <ToolbarItem className="lw-search">
          <SearchInput
            aria-label={`Find ${many}`}
            placeholder="Find"
            value={filter.words}
            onChange={(_, words) => onChange({ ...filter, words })}
            onClear={() => onChange({ ...filter, words: '' })}
          />
        </ToolbarItem>
        {states.length > 1 ? (
          <ToolbarItem>
            <FormSelect aria-label="State" value={filter.state} onChange={(_, state) => onChange({ ...filter, state })}>
              <FormSelectOption value="" label="Every state" />
              {states.map((state) => (
                <FormSelectOption key={state} value={state} label={state.replaceAll('_', ' ')} />
              ))}
            </FormSelect>
          </ToolbarItem>
        ) : null}
        <ToolbarItem className="lw-count" alignSelf="center">
          <span role="status">
            {count} {label}
          </span>
        </ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}
