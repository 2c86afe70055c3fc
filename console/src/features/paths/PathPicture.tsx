// Draws a picture of paths. The table beside it has the same as text, so that here one sentence is enough for those who
// do not see it.
import { toneOf } from '../../parts/tone';
import { plural } from '../../format/numbers';
import { pictureOf } from './picture';
import type { Node, PathOf, Picture } from './picture';

const boxWidth = 190;
const boxHeight = 44;
const rowHeight = 60;
const columnStep = 300;
const width = 2 * columnStep + boxWidth + 4;
const labelMax = 24;

function short(text: string): string {
  return text.length <= labelMax ? text : `${text.slice(0, labelMax - 1)}…`;
}

interface Spot {
  x: number;
  y: number;
  node: Node;
}

function spotsOf(picture: Picture, height: number): Map<string, Spot> {
  const spots = new Map<string, Spot>();
  picture.columns.forEach((column, columnIndex) => {
    const top = (height - column.length * rowHeight) / 2;
    column.forEach((node, row) => {
      const y = top + row * rowHeight + (rowHeight - boxHeight) / 2;
      spots.set(node.id, { x: 2 + columnIndex * columnStep, y, node });
    });
  });
  return spots;
}

function Box({ x, y, node }: Spot) {
  return (
    <g className="lw-box">
      <title>{node.label}</title>
      <rect x={x} y={y} width={boxWidth} height={boxHeight} rx={6} />
      <text x={x + 12} y={y + 19} className="lw-box-label">
        {short(node.label)}
      </text>
      <text x={x + 12} y={y + 35} className="lw-box-note">
        {node.note}
      </text>
    </g>
  );
}

function Line({ from, to, state }: { from: Spot; to: Spot; state: string }) {
  const [x1, y1, x2, y2] = [from.x + boxWidth, from.y + boxHeight / 2, to.x, to.y + boxHeight / 2];
  const middle = (x1 + x2) / 2;
  return (
    <g className={`lw-line lw-line-${toneOf(state)} lw-line-${state}`}>
      <path d={`M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`} />
      {state === 'failed' || state === 'out' ? (
        <text x={middle} y={(y1 + y2) / 2 + 6} textAnchor="middle">
          ✕
        </text>
      ) : null}
    </g>
  );
}

function sentence(picture: Picture, paths: readonly PathOf[]): string {
  const states = new Map<string, number>();
  for (const { path } of paths) states.set(path.state, (states.get(path.state) ?? 0) + 1);
  const counts = [...states].map(([state, count]) => `${count} ${state}`).join(', ');
  return `${plural(paths.length, 'path')} (${counts}) over ${plural(picture.columns[1]?.length ?? 0, 'portal')}`;
}

interface PathPictureProps {
  paths: readonly PathOf[];
  portals: ReadonlyMap<string, string>; // of targets, by name
}

export function PathPicture({ paths, portals }: PathPictureProps) {
  const picture = pictureOf(paths, portals);
  const height = Math.max(...picture.columns.map((column) => column.length)) * rowHeight + 4;
  const spots = spotsOf(picture, height);
  return (
    <div className="lw-picture" tabIndex={0} role="region" aria-label="Picture of the paths, scrolls">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sentence(picture, paths)}>
        {picture.edges.map((edge) => {
          const from = spots.get(edge.from);
          const to = spots.get(edge.to);
          return from && to ? <Line key={`${edge.from}>${edge.to}`} from={from} to={to} state={edge.state} /> : null;
        })}
        {[...spots.values()].map((spot) => (
          <Box key={spot.node.id} {...spot} />
        ))}
      </svg>
      {picture.leftOut > 0 ? (
        <p className="lw-note">and {plural(picture.leftOut, 'more function')}, in the table below</p>
      ) : null}
    </div>
  );
}
