// One chart over time (uPlot), with a legend that shows the newest figures as text: what a screen reader is given too.
import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useIsDark } from '../app/theme';
import { clockText } from '../format/times';
import { stacked } from './history';
import type { History } from './history';

// How figures are written, the least that the axis shows, and at which steps it is divided.
export interface Unit {
  format: (value: number) => string;
  least: number;
  base: 10 | 1024;
}

export interface Series {
  label: string;
  color: string;
}

interface ChartProps {
  label: string;
  series: readonly Series[];
  history: History;
  unit: Unit;
  isStacked?: boolean;
}

const heightPixels = 190;
const spanS = 300;
const axisPixels = 72;

// Round steps: 1, 2 and 5 of each power of ten, or the powers of two for bytes.
export function incrementsOf(base: 10 | 1024): number[] {
  const powers = Array.from({ length: base === 10 ? 16 : 50 }, (_, power) => power);
  if (base === 1024) return powers.map((power) => 2 ** power);
  return powers.flatMap((power) => [1, 2, 5].map((mantissa) => mantissa * 10 ** power));
}

interface Colors {
  text: string;
  grid: string;
}

// Drawn from the last series to the first, so that areas that stand on others do not cover them.
function optionsOf(
  props: Pick<ChartProps, 'series' | 'unit' | 'isStacked'>,
  colors: Colors,
  width: number,
): uPlot.Options {
  const lines = props.series.map(({ label, color }) => ({
    label,
    stroke: color,
    width: props.isStacked ? 1 : 1.75,
    fill: props.isStacked ? color : undefined,
    points: { show: (plot: uPlot) => (plot.data[0]?.length ?? 0) < 3, size: 5 },
    spanGaps: false,
  }));
  const font = '12px RedHatText, sans-serif';
  const axis = { stroke: colors.text, font, grid: { stroke: colors.grid, width: 1 }, ticks: { show: false } };
  const { format, least, base } = props.unit;
  return {
    width,
    height: heightPixels,
    legend: { show: false },
    cursor: { y: false, points: { show: !props.isStacked } },
    scales: {
      x: { range: (_, __, last) => [last - spanS, last] },
      y: { range: (_, __, max) => [0, Math.max(max * 1.1, least)] },
    },
    series: [{}, ...(props.isStacked ? lines.reverse() : lines)],
    axes: [
      { ...axis, size: 32, space: 70, incrs: [10, 30, 60, 120], values: (_, splits) => splits.map(clockText) },
      { ...axis, size: axisPixels, space: 36, incrs: incrementsOf(base), values: (_, splits) => splits.map(format) },
    ],
  };
}

function dataOf(history: History, isStacked: boolean): uPlot.AlignedData {
  const values = isStacked ? stacked(history.values).reverse() : history.values.map((series) => [...series]);
  return [[...history.times], ...values];
}

function useColors(): Colors {
  const isDark = useIsDark();
  return useMemo(
    () => (isDark ? { text: '#c7c7c7', grid: '#454545' } : { text: '#4d4d4d', grid: '#e0e0e0' }),
    [isDark],
  );
}

function Legend({ series, history, unit }: Pick<ChartProps, 'series' | 'history' | 'unit'>) {
  return (
    <ul className="lw-legend">
      {series.map(({ label, color }, index) => {
        const value = history.values[index]?.at(-1);
        return (
          <li key={label}>
            <span className="lw-swatch" style={{ background: color }} aria-hidden="true" />
            {label} <strong>{value === undefined || value === null ? '–' : unit.format(value)}</strong>
          </li>
        );
      })}
    </ul>
  );
}

export function Chart({ label, series, history, unit, isStacked = false }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const colors = useColors();
  const newest = useRef(history);
  newest.current = history;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const options = optionsOf({ series, unit, isStacked }, colors, element.clientWidth);
    const drawn = new uPlot(options, dataOf(newest.current, isStacked), element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: heightPixels }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [series, unit, isStacked, colors]);
  useEffect(() => plot.current?.setData(dataOf(history, isStacked)), [history, isStacked]);
  return (
    <figure className="lw-chart">
      <div ref={place} role="img" aria-label={`Chart: ${label}; the newest figures follow`} className="lw-plot" />
      <figcaption>
        <Legend series={series} history={history} unit={unit} />
      </figcaption>
    </figure>
  );
}
