// Functions that no machine has, by name.
import { useDocuments } from '../../state/store';

export function useFreeFunctions(): string[] {
  const functions = useDocuments('function');
  const machines = useDocuments('machine');
  const taken = new Set([...machines.values()].flatMap(({ spec }) => spec.functions));
  return [...functions.values()]
    .filter(({ name, status }) => !taken.has(name) && !status.attached)
    .map(({ name }) => name);
}
