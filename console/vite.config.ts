import { defineConfig } from 'vitest/config';

// Nothing is inlined: the server's content security policy allows no inline scripts and no fonts in data: addresses.
export default defineConfig({
  esbuild: { jsx: 'automatic' },
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 4000, reportCompressedSize: false },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
