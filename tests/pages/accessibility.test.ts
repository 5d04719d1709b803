import { afterAll, beforeAll, expect, test } from 'vitest';
import { findings } from '../support/axe.ts';
import { inChromium } from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({}, { programs: true });
});
afterAll(() => server.close());

inChromium('axe finds nothing', ({ open }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 360]) {
      test(`${colorScheme}, ${width} pixels wide`, async () => {
        const page = await open(`${server.url}/`, null, { colorScheme, viewport: { width, height: 800 } });
        expect(await findings(page)).toEqual([]);
        await page.getByRole('button', { name: 'Create a session' }).click();
        await page.getByLabel('Your name').fill('Ada');
        expect(await findings(page)).toEqual([]);
        await page.getByRole('button', { name: 'Join' }).click();
        await page.getByText('Hello, World!').waitFor();
        await page.getByRole('button', { name: 'Run' }).click();
        await page.getByRole('status').getByText('Succeeded').waitFor();
        expect(await findings(page)).toEqual([]);
        const narrower = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(narrower).toBeLessThanOrEqual(0);
        await page.goto(`${page.url()}/playback`);
        await page.getByRole('slider').waitFor();
        expect(await findings(page)).toEqual([]);
      });
    }
  }
});
