// One limit: a slider for the rough value, a field for the exact one. The slider is the browser's own: it has the
// keyboard and says its value.
import { FormGroup, TextInput } from '@patternfly/react-core';
import { useContext, useEffect, useId, useState } from 'react';
import { isAbout, sentenceOf } from '../../api/problem';
import { parseSize, sizeInput } from '../../format/numbers';
import { ProblemContext } from '../../parts/fields';
import { bytesScale, iopsScale, isOfBytes, limitText, stepOf } from './limits';
import type { LimitKey } from './limits';

interface LimitSliderProps {
  name: LimitKey;
  label: string;
  value: number;
  now?: string | undefined; // what it is used for at the moment
  isReadOnly?: boolean;
  onChange: (value: number) => void;
}

function parse(name: LimitKey, text: string): number | null {
  if (text.trim() === '' || text.trim() === 'none') return 0;
  if (isOfBytes(name)) return parseSize(text);
  const plain = text.replaceAll(',', '').trim();
  return /^\d+$/.test(plain) ? Number(plain) : null;
}

function textOf(name: LimitKey, value: number): string {
  if (value === 0) return '';
  return isOfBytes(name) ? sizeInput(value) : String(value);
}

function Exact({ name, label, value, isReadOnly, onChange }: LimitSliderProps) {
  const [text, setText] = useState(textOf(name, value));
  useEffect(() => {
    setText((shown) => (parse(name, shown) === value ? shown : textOf(name, value)));
  }, [name, value]);
  const isWrong = parse(name, text) === null;
  return (
    <TextInput
      aria-label={`${label}, exactly`}
      className="lw-exact"
      value={text}
      placeholder="none"
      isDisabled={isReadOnly}
      validated={isWrong ? 'error' : 'default'}
      onChange={(_, typed) => {
        setText(typed);
        const parsed = parse(name, typed);
        if (parsed !== null) onChange(parsed);
      }}
    />
  );
}

export function LimitSlider(props: LimitSliderProps) {
  const id = useId();
  const problem = useContext(ProblemContext);
  const scale = isOfBytes(props.name) ? bytesScale : iopsScale;
  const said = problem && isAbout(problem, `spec.limits.${props.name}`) ? sentenceOf(problem) : '';
  return (
    <FormGroup label={props.label} fieldId={id} labelInfo={props.now}>
      <div className="lw-slider">
        <input
          id={id}
          type="range"
          min={0}
          max={scale.length - 1}
          value={stepOf(scale, props.value)}
          disabled={props.isReadOnly}
          aria-valuetext={limitText(props.name, props.value)}
          onChange={(event) => props.onChange(scale[Number(event.target.value)] ?? 0)}
        />
        <Exact {...props} />
        <output htmlFor={id} className="lw-slider-value">
          {limitText(props.name, props.value)}
        </output>
      </div>
      {said === '' ? null : (
        <p className="lw-wrong" role="alert">
          {said}
        </p>
      )}
    </FormGroup>
  );
}
