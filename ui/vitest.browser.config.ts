import { defineConfig } from 'vitest/config';

/** The built page in a real browser, under the window's content security policy. */
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['tests/browser/worlds.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two at a time: more wait for each other on two processors.
    maxWorkers: 2,
  },
});
