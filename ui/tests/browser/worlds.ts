/** Starts the program that has the engine and its worlds, once for all files of tests. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    worldsPort: number;
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

export default async function setup({ provide }: TestProject): Promise<() => void> {
  const program = process.env['CONCLAVE_BRIDGE_BIN'] ?? join(root, 'target/debug/conclave-bridge');
  const worlds = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise<number>((said, failed) => {
    worlds.once('error', () =>
      failed(new Error(`${program} does not start; cargo build --workspace --bin conclave-bridge`)),
    );
    worlds.once('exit', (code) => failed(new Error(`${program} ended with ${code}`)));
    createInterface(worlds.stdout).once('line', (line) => said(Number(line)));
  });
  provide('worldsPort', port);
  // It ends with its input.
  return () => worlds.stdin.end();
}
