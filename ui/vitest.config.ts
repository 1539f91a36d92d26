import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Logic only: no DOM, no backend but the fake. Times and words are checked in one locale and zone. */
export default defineConfig({
  plugins: [svelte()],
  resolve: { conditions: ['browser'] },
  define: { __WITH_FAKE__: 'true' },
  test: { include: ['src/**/*.test.ts'], environment: 'node', env: { TZ: 'Europe/Berlin' } },
});
