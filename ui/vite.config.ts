import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Where `devUrl` in `tauri.conf.json` points. */
const server = { host: '127.0.0.1', port: 5173, strictPort: true };

/** Where the worlds are that a page in a browser is looked at with. */
const WORLDS = 'ws://127.0.0.1:5174';

/** The window's own policy, with the worlds and the socket by which vite reloads. Tauri sets none for a page that it does not serve. */
function policy(): string {
  const file = fileURLToPath(new URL('../src-tauri/tauri.conf.json', import.meta.url));
  const config = JSON.parse(readFileSync(file, 'utf8')) as { app: { security: { csp: Record<string, string> } } };
  const { csp } = config.app.security;
  const sources = {
    ...csp,
    'connect-src': `${csp['connect-src']} 'self' ws://${server.host}:${server.port} ${WORLDS}`,
  };
  return Object.entries(sources)
    .map(([name, from]) => `${name} ${from}`)
    .join('; ');
}

/**
 * Two builds: the product (`vite build`), which talks to the engine through Tauri and nothing else, and `--mode bridge`,
 * which runs in a plain browser and talks to the engine over a WebSocket. The flag is a compile-time constant, so the
 * bridge is dropped from the product's bundle.
 */
export default defineConfig(({ mode, command }) => ({
  plugins: [svelte()],
  base: './',
  clearScreen: false,
  define: { __WITH_BRIDGE__: JSON.stringify(mode === 'bridge') },
  server: { ...server, headers: command === 'serve' ? { 'content-security-policy': policy() } : {} },
  build: {
    target: ['es2022', 'safari16.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // In kB: the table of all scripts, which is read when a login is proposed, is a chunk of its own.
    chunkSizeWarningLimit: 600,
  },
}));
