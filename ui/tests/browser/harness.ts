/** Serves a built page under the window's content security policy and drives it in Chromium. Loopback only. */
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { mkdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import { World, type Scene } from './world';

declare global {
  interface Window {
    axe: typeof import('axe-core');
  }
}

/** What an action leads to is on the screen by then; it is looked for, since the page draws when it likes. */
export const SOON = { timeout: 5_000 };
export const uiRoot = fileURLToPath(new URL('../..', import.meta.url));
export const shots = join(uiRoot, '..', 'artifacts', 'ui');

/** As the shell sets it, with the way to the worlds in place of Tauri's own connections. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self' ws://127.0.0.1:*";
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** What there is to see of a scene once the engine has said how it stands. */
function face(scene: Scene): string {
  if (['ready', 'logChanged', 'many'].includes(scene)) return '[data-testid=timeline].placed';
  return '[data-testid=no-room], [data-testid=first-run], [data-testid=blocked]';
}

export interface View {
  width?: number;
  height?: number;
  dark?: boolean;
  scene?: Scene;
  reducedMotion?: boolean;
  locale?: string;
}

export interface Opened {
  page: Page;
  world: World;
  /** Ends the page; fails if anything was said on the console or refused by the policy. */
  done: () => Promise<void>;
}

export class Harness {
  #server: Server | undefined;
  #browser: Browser | undefined;
  #url = '';
  #product = false;
  #contexts: BrowserContext[] = [];

  async start(folder = 'dist-bridge'): Promise<void> {
    const root = join(uiRoot, folder);
    this.#product = folder === 'dist';
    this.#server = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://x').pathname);
      const file = join(root, path === '/' ? 'index.html' : path);
      readFile(file).then(
        (body) => {
          response.writeHead(200, {
            'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
            'content-security-policy': CSP,
          });
          response.end(body);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((ready) => this.#server?.listen(0, '127.0.0.1', ready));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    this.#url = `http://127.0.0.1:${address.port}/`;
    const executablePath = CHROMIUM.find((path) => existsSync(path));
    if (executablePath === undefined)
      throw new Error(`no Chromium at ${CHROMIUM.join(', ')}; install the package "chromium"`);
    this.#browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-background-networking', '--font-render-hinting=none'],
    });
    await mkdir(shots, { recursive: true });
  }

  async stop(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser?.close();
    this.#server?.closeAllConnections();
    await new Promise((closed) => this.#server?.close(closed));
  }

  async open({
    width = 1280,
    height = 800,
    dark = false,
    scene = 'ready',
    reducedMotion = true,
    locale = 'en-GB',
  }: View = {}): Promise<Opened> {
    if (this.#browser === undefined) throw new Error('start first');
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
      locale,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    const world = `ws://127.0.0.1:${inject('worldsPort')}/${scene}/${randomUUID()}`;
    await page.goto(`${this.#url}?bridge=${world}`);
    if (!this.#product) await page.locator(face(scene)).waitFor();
    const done = async () => {
      await context.close();
      this.#contexts = this.#contexts.filter((other) => other !== context);
      expect(complaints).toEqual([]);
    };
    return { page, world: new World(page), done };
  }
}

/** The timeline is placed and its height has been the same for some frames: what a test scrolls to before would be moved. */
export async function settled(page: Page): Promise<void> {
  await page.locator('[data-testid=timeline].placed').waitFor();
  await page.getByTestId('timeline').evaluate(
    (view) =>
      new Promise<void>((done) => {
        let same = 0;
        let last = '';
        const look = () => {
          const here = `${view.scrollTop}/${view.scrollHeight}`;
          same = here === last ? same + 1 : 0;
          last = here;
          if (same > 15) done();
          else requestAnimationFrame(look);
        };
        look();
      }),
  );
}

/** One task of a thread, as Chromium's tracing tells of it. */
interface Traced {
  name: string;
  pid: number;
  tid: number;
  /** Of processor time, in microseconds. */
  tdur?: number;
  args?: { name?: string };
}

/** So often is done what took too long: a virtual machine counts as its own what other machines take from it. */
const ROUNDS_MAX = 3;

/**
 * The longest that the main thread of a page was busy with one task, in milliseconds of processor time: what else runs on
 * the machine does not count. What is over the bound by fault of the page is so each time.
 */
export async function longestTaskMs(
  page: Page,
  boundMs: number,
  work: (round: number) => Promise<void>,
): Promise<number> {
  let longestMs = Infinity;
  for (let round = 0; round < ROUNDS_MAX && longestMs >= boundMs; round++) {
    longestMs = Math.min(longestMs, await tracedTaskMs(page, () => work(round)));
  }
  return longestMs;
}

async function tracedTaskMs(page: Page, work: () => Promise<void>): Promise<number> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('the page has no browser');
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Traced[] };
  const main = new Set(
    traceEvents
      .filter((one) => one.name === 'thread_name' && one.args?.name === 'CrRendererMain')
      .map((one) => `${one.pid}/${one.tid}`),
  );
  const tasks = traceEvents.filter((one) => one.name.endsWith('RunTask') && main.has(`${one.pid}/${one.tid}`));
  // Nothing measured is no success.
  if (tasks.length === 0) throw new Error('no task of the main thread was traced');
  return Math.max(...tasks.map((one) => one.tdur ?? Infinity)) / 1_000;
}

/** Rules broken with serious or critical impact, as lines to read. */
export async function axeFindings(page: Page): Promise<string[]> {
  // Through the debugger, since the page's own policy refuses foreign scripts.
  const source = await readFile(join(uiRoot, 'node_modules/axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return result.violations
    .filter((found) => found.impact === 'serious' || found.impact === 'critical')
    .flatMap((found) =>
      found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)} (${node.failureSummary ?? ''})`),
    );
}
