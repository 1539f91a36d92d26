import { test } from 'vitest';
import { Harness } from './harness';
test('look', async () => {
  const h = new Harness();
  await h.start();
  const { page, done } = await h.open();
  await page.waitForTimeout(800);
  console.log(await page.evaluate(() => ['html','body','#app','[data-testid=window]','aside','nav','main','section.room'].map(s => { const e = document.querySelector(s)!; return s+':'+e.scrollHeight+'/'+e.clientHeight+'@'+e.scrollTop }).join(' ')));
  await done().catch(e => console.log(String(e)));
  await h.stop();
});
