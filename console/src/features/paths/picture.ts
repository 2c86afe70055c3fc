// What a picture of paths shows: guests' functions at the left, portals in the middle, the array at the right, and a
// line for each path in its state. Pure; PathPicture draws it.
import type { FunctionPath } from '../../api/types';

export interface Node {
  id: string;
  label: string;
  note: string;
}
export interface Edge {
  from: string;
  to: string;
  state: string;
}
export interface Picture {
  columns: Node[][];
  edges: Edge[];
  leftOut: number; // functions that there was no room for
}

export interface PathOf {
  functionName: string;
  path: FunctionPath;
}

const order = ['failed', 'out', 'idle', 'standby', 'active'];
export const functionsMax = 10;

function rank(state: string): number {
  const found = order.indexOf(state);
  return found < 0 ? 0 : found;
}

// The worst of several paths between the same two.
function worse(a: string, b: string): string {
  return rank(a) <= rank(b) ? a : b;
}

function addEdge(edges: Map<string, Edge>, edge: Edge): void {
  const key = `${edge.from}>${edge.to}`;
  const known = edges.get(key);
  edges.set(key, known ? { ...known, state: worse(known.state, edge.state) } : edge);
}

// What is in trouble is drawn first.
function chosenFunctions(paths: readonly PathOf[]): string[] {
  const worst = new Map<string, string>();
  for (const { functionName, path } of paths) {
    worst.set(functionName, worse(worst.get(functionName) ?? 'active', path.state));
  }
  return [...worst].sort(([, a], [, b]) => rank(a) - rank(b)).map(([name]) => name);
}

export function pictureOf(paths: readonly PathOf[], targets: ReadonlyMap<string, string>): Picture {
  const functions = chosenFunctions(paths);
  const shown = new Set(functions.slice(0, functionsMax));
  const portals = new Map<string, Node>();
  const disks = new Map<string, Node>();
  const edges = new Map<string, Edge>();
  for (const { functionName, path } of paths) {
    if (!shown.has(functionName)) continue;
    const address = path.address || (targets.get(path.target) ?? 'no address yet');
    const portal = `portal ${path.target} ${address}`;
    const disk = `disk ${path.target} ${path.lun}`;
    portals.set(portal, { id: portal, label: address, note: 'portal' });
    disks.set(disk, { id: disk, label: path.target, note: `LUN ${path.lun}` });
    addEdge(edges, { from: `function ${functionName}`, to: portal, state: path.state });
    addEdge(edges, { from: portal, to: disk, state: path.state });
  }
  const left = [...shown].map((name) => ({ id: `function ${name}`, label: name, note: 'function' }));
  return {
    columns: [left, [...portals.values()], [...disks.values()]],
    edges: [...edges.values()],
    leftOut: functions.length - shown.size,
  };
}
