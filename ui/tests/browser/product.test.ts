/** The product's own bundle: without the bridge of the tests, without inline scripts, and with words when there is no engine. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Harness, uiRoot } from './harness';

const dist = join(uiRoot, 'dist');
const harness = new Harness();
beforeAll(() => harness.start('dist'));
afterAll(() => harness.stop());

it('holds nothing of the bridge to the tests’ worlds', async () => {
  const files = await readdir(join(dist, 'assets'));
  const all = (await Promise.all(files.map((file) => readFile(join(dist, 'assets', file), 'utf8')))).join('\n');
  for (const trace of ['conclaveWorld', 'new WebSocket', 'ws://', 'by-hand', 'mockIPC', 'Orchestra'])
    expect(all).not.toContain(trace);
  expect(all).toContain('membership_log');
});

it('keeps what few ask for out of what is read at the start', async () => {
  const html = await readFile(join(dist, 'index.html'), 'utf8');
  const entry = /<script[^>]*src="\.\/(assets\/[^"]+)"/.exec(html)?.[1] ?? '';
  const source = await readFile(join(dist, entry), 'utf8');
  // The texts of licences, the words of emoji, the table of scripts.
  for (const trace of ['WITHOUT WARRANTY OF ANY KIND', 'grinning_face', 'Permission is hereby granted'])
    expect(source).not.toContain(trace);
});

it('has no inline script and loads nothing from elsewhere', async () => {
  const html = await readFile(join(dist, 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
});

it('says so when there is no engine', async () => {
  const { page, done } = await harness.open();
  await page.getByText('The window can’t talk to the engine').waitFor();
  await done();
});
