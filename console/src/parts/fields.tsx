// Fields of forms. Each knows its field's name in the API, so that a problem that names it is shown at it.
import {
  Checkbox,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextInput,
} from '@patternfly/react-core';
import { createContext, useContext, useId } from 'react';
import type { ReactNode } from 'react';
import { isAbout, sentenceOf } from '../api/problem';
import type { Problem } from '../api/types';

export const ProblemContext = createContext<Problem | null>(null);

interface FieldProps {
  label: string;
  field: string; // as in a problem: "spec.portal"
  help?: string;
  wrong?: string | undefined; // found here, before anything is sent
  isRequired?: boolean;
}

interface Told {
  id: string;
  helpId: string | undefined;
  validated: 'error' | 'default';
  text: string;
}

function useTold({ field, help, wrong }: FieldProps): Told {
  const id = useId();
  const problem = useContext(ProblemContext);
  const said = wrong ?? (problem && isAbout(problem, field) ? sentenceOf(problem) : undefined);
  const text = said ?? help ?? '';
  return { id, helpId: text === '' ? undefined : `${id}-help`, validated: said ? 'error' : 'default', text };
}

function Help({ told }: { told: Told }) {
  if (told.text === '') return null;
  return (
    <FormHelperText>
      <HelperText id={told.helpId} aria-live={told.validated === 'error' ? 'assertive' : undefined}>
        <HelperTextItem variant={told.validated}>{told.text}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  );
}

function Group({ props, told, children }: { props: FieldProps; told: Told; children: ReactNode }) {
  return (
    <FormGroup label={props.label} fieldId={told.id} isRequired={props.isRequired}>
      {children}
      <Help told={told} />
    </FormGroup>
  );
}

interface TextProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'password' | 'number';
  placeholder?: string;
  autoComplete?: string;
}

export function TextField(props: TextProps) {
  const told = useTold(props);
  return (
    <Group props={props} told={told}>
      <TextInput
        id={told.id}
        type={props.type ?? 'text'}
        value={props.value}
        placeholder={props.placeholder}
        isRequired={props.isRequired}
        validated={told.validated}
        aria-describedby={told.helpId}
        spellCheck={false}
        autoComplete={props.autoComplete ?? 'off'}
        onChange={(_, value) => props.onChange(value)}
      />
    </Group>
  );
}

interface ChoiceProps extends FieldProps {
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; label: string }[];
}

export function ChoiceField(props: ChoiceProps) {
  const told = useTold(props);
  return (
    <Group props={props} told={told}>
      <FormSelect
        id={told.id}
        value={props.value}
        validated={told.validated}
        aria-describedby={told.helpId}
        onChange={(_, value) => props.onChange(value)}
      >
        {props.options.map((option) => (
          <FormSelectOption key={option.value} value={option.value} label={option.label} />
        ))}
      </FormSelect>
    </Group>
  );
}

interface CheckProps extends FieldProps {
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
}

export function CheckField(props: CheckProps) {
  const told = useTold(props);
  return (
    <Checkbox
      id={told.id}
      label={props.label}
      isChecked={props.isChecked}
      description={told.text}
      onChange={(_, isChecked) => props.onChange(isChecked)}
    />
  );
}
