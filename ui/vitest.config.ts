import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Logic only: no DOM, no engine but the stand-in. Times and words are checked in one locale and zone. */
export default defineConfig({
  plugins: [svelte()],
  resolve: { conditions: ['browser'] },
  test: { include: ['src/**/*.test.ts'], environment: 'node', env: { TZ: 'Europe/Berlin' } },
});
