// What the user may do. lanewayd decides; the console only leaves out what would be refused.
import type { Role } from '../api/types';
import { useStore } from './store';

const ranks: Record<Role, number> = { viewer: 1, operator: 2, administrator: 3 };

export function isAtLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && ranks[role] >= ranks[needed];
}

export function useMay(needed: Role): boolean {
  return isAtLeast(
    useStore((state) => state.session?.role),
    needed,
  );
}
