// What an operator should look at now. Pure.
import type { DocumentMaps } from '../../state/state';
import { lostPaths, trouble } from '../functions/view';

export interface Alarm {
  severity: 'error' | 'warning';
  page: string;
  name: string;
  text: string;
}

function hostAlarms(documents: DocumentMaps): Alarm[] {
  return [...documents.host.values()].flatMap(({ status }): Alarm[] => {
    if (status.engine.state !== 'running') {
      return [
        { severity: 'error', page: '', name: 'engine', text: status.engine.reason || 'The engine does not answer.' },
      ];
    }
    if (status.libvirt?.state === 'unreachable') {
      return [{ severity: 'warning', page: 'machines', name: 'libvirt', text: status.libvirt.reason }];
    }
    return status.state === 'degraded' ? [{ severity: 'warning', page: '', name: 'host', text: status.reason }] : [];
  });
}

function targetAlarms(documents: DocumentMaps): Alarm[] {
  return [...documents.target.values()]
    .filter(({ status }) => status.state === 'failed')
    .map(({ name, status }) => ({ severity: 'error', page: 'targets', name, text: status.reason }));
}

function functionAlarms(documents: DocumentMaps): Alarm[] {
  return [...documents.function.values()].flatMap((one): Alarm[] => {
    const place = { page: 'functions', name: one.name };
    const { state, reason, health } = one.status;
    if (state === 'failed' || state === 'quarantined') return [{ ...place, severity: 'error', text: reason || state }];
    const ill = trouble(one);
    if (ill)
      return [
        {
          ...place,
          severity: health?.state === 'blocked' ? 'error' : 'warning',
          text: `Its disk is ${ill}. ${health?.remedy ?? ''}`,
        },
      ];
    const lost = lostPaths(one);
    return lost > 0
      ? [
          {
            ...place,
            severity: 'warning',
            text: `${lost} of its ${one.status.paths?.length ?? lost} paths carry nothing.`,
          },
        ]
      : [];
  });
}

function machineAlarms(documents: DocumentMaps): Alarm[] {
  return [...documents.machine.values()]
    .filter(({ status }) => status.state === 'crashed')
    .map(({ name, status }) => ({ severity: 'error', page: 'machines', name, text: status.reason || 'It crashed.' }));
}

function policyAlarms(documents: DocumentMaps): Alarm[] {
  return [...documents.policy.values()]
    .filter(({ status }) => status.state === 'failed')
    .map(({ name, status }) => ({ severity: 'error', page: 'policies', name, text: status.reason }));
}

export function alarmsOf(documents: DocumentMaps): Alarm[] {
  const all = [hostAlarms, targetAlarms, functionAlarms, machineAlarms, policyAlarms].flatMap((of) => of(documents));
  return [
    ...all.filter(({ severity }) => severity === 'error'),
    ...all.filter(({ severity }) => severity === 'warning'),
  ];
}

// How many are in each state, the most first.
export function statesOf(documents: Iterable<{ status: { state: string } }>): [state: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { status } of documents) counts.set(status.state, (counts.get(status.state) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}
