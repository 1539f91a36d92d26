import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** Where `devUrl` in `tauri.conf.json` points. */
const server = { host: '127.0.0.1', port: 5173, strictPort: true };

/** The window's own policy, and the socket by which vite reloads. Tauri sets none for a page that it does not serve. */
function policy(): string {
  const file = fileURLToPath(new URL('../src-tauri/tauri.conf.json', import.meta.url));
  const config = JSON.parse(readFileSync(file, 'utf8')) as { app: { security: { csp: Record<string, string> } } };
  const { csp } = config.app.security;
  const sources = { ...csp, 'connect-src': `${csp['connect-src']} 'self' ws://${server.host}:${server.port}` };
  return Object.entries(sources)
    .map(([name, from]) => `${name} ${from}`)
    .join('; ');
}

/**
 * Two builds: the product (`vite build`), which talks to the engine through Tauri and nothing else, and `--mode fake`,
 * which can also run in a plain browser against the in-memory backend. The flag is a compile-time constant, so the fake
 * and its sample data are dropped from the product's bundle.
 */
export default defineConfig(({ mode, command }) => ({
  plugins: [svelte()],
  base: './',
  clearScreen: false,
  define: { __WITH_FAKE__: JSON.stringify(mode === 'fake') },
  server: { ...server, headers: command === 'serve' ? { 'content-security-policy': policy() } : {} },
  build: {
    target: ['es2022', 'safari16.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // In kB: the table of all scripts, which is read when a login is proposed, is a chunk of its own.
    chunkSizeWarningLimit: 600,
  },
}));
