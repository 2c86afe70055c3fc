import { defineConfig } from 'vitest/config';

// One file after the other: each has a platform and a browser of its own, and two cores are soon busy.
const patience = Number(process.env.LANEWAY_PATIENCE ?? '1');
export default defineConfig({
  test: {
    include: ['*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000 * patience,
    hookTimeout: 120_000 * patience,
    bail: 0,
  },
});
