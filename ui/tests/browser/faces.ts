/** Faces of the window, light and dark: no serious finding by axe, and a picture to look at. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Harness, axeFindings, shots, type View } from './harness';
import type { World } from './world';

export interface Face extends View {
  name: string;
  steps?: (page: Page, world: World) => Promise<unknown>;
}

export const small = { width: 900, height: 600 };
export const tiny = { width: 720, height: 480 };

export const open = (page: Page, name: string) => page.getByTestId('group-item').filter({ hasText: name }).click();
export const placed = (page: Page) => page.locator('[data-testid=timeline].placed').waitFor();

/** Looks at each of them. */
export function lookAt(faces: readonly Face[]): void {
  const harness = new Harness();
  beforeAll(() => harness.start());
  afterAll(() => harness.stop());

  describe.each([{ dark: false }, { dark: true }])('dark: $dark', ({ dark }) => {
    it.each(faces)('$name', async ({ name, steps, ...view }) => {
      const { page, world, done } = await harness.open({ ...view, dark });
      await page.locator('main').waitFor();
      await steps?.(page, world);
      await page.screenshot({ path: join(shots, `${name}-${dark ? 'dark' : 'light'}.png`) });
      expect(await axeFindings(page)).toEqual([]);
      await done();
    });
  });
}
