// What is said of a volume in a few words.
import type { Volume } from '../../api/types';

export function placeText(spec: Volume['spec']): string {
  switch (spec.kind) {
    case 'lun':
      return spec.paths.map(({ target, lun, portal }) => `${target}/${lun}${portal ? `@${portal}` : ''}`).join(', ');
    case 'file':
      return spec.path;
    case 'memory':
      return 'lost when the host restarts';
    case 'null':
      return 'nowhere: reads are zeroes';
  }
}

export function sizeOf({ spec, status }: Volume): number {
  return status.size_bytes ?? ('size_bytes' in spec ? (spec.size_bytes ?? 0) : 0);
}
