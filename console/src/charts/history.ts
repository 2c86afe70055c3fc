// The last minutes of some figures, sample after sample; what a chart draws. Pure.
export interface History {
  times: readonly number[]; // seconds since 1970
  values: readonly (readonly (number | null)[])[]; // by series, as long as times
}

export const keptSamples = 150;

export function emptyHistory(series: number): History {
  return { times: [], values: Array.from({ length: series }, () => []) };
}

export function append(history: History, timeS: number, sample: readonly (number | null)[]): History {
  return {
    times: [...history.times, timeS].slice(-keptSamples),
    values: history.values.map((kept, index) => [...kept, sample[index] ?? null].slice(-keptSamples)),
  };
}

// For stacked areas: each series with all before it; where nothing was measured there is no area.
export function stacked(values: History['values']): (number | null)[][] {
  const sums: number[] = [];
  return values.map((series) =>
    series.map((value, index) => {
      if (value === null) return null;
      sums[index] = (sums[index] ?? 0) + value;
      return sums[index];
    }),
  );
}

// Growth of a counter a second; counters begin anew with the engine.
export function rateOf(before: number, after: number, seconds: number): number {
  const grown = after >= before ? after - before : after;
  return seconds > 0 ? grown / seconds : 0;
}
