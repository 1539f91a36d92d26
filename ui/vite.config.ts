import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/**
 * Two builds: the product (`vite build`), which talks to the engine through Tauri and nothing else, and `--mode fake`,
 * which can also run in a plain browser against the in-memory backend. The flag is a compile-time constant, so the fake
 * and its sample data are dropped from the product's bundle.
 */
export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: './',
  clearScreen: false,
  define: { __WITH_FAKE__: JSON.stringify(mode === 'fake') },
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  build: {
    target: ['es2022', 'safari16.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // In kB: the table of all scripts, which is read when a login is proposed, is a chunk of its own.
    chunkSizeWarningLimit: 600,
  },
}));
