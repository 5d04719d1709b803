import { afterAll, beforeAll, expect, test } from 'vitest';
import { inChromium } from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const PAGES = [
  { path: '/graphql', name: 'GraphiQL', ready: '.graphiql-editors' },
  { path: '/docs', name: 'Swagger UI', ready: '.opblock' },
  { path: '/redoc', name: 'ReDoc', ready: '.api-content' },
];

inChromium('the pages for developers', ({ open }) => {
  test.each(PAGES)(
    '$name carries the product, and leads to the others and the start page',
    async ({ path, name, ready }) => {
      const page = await open(server.url + path, null, { viewport: { width: 1280, height: 800 } });
      await page.locator(ready).first().waitFor();
      expect(await page.title()).toContain('CodeInterview');
      const bar = page.getByRole('navigation', { name: 'CodeInterview' });
      expect(await bar.locator('[aria-current]').textContent()).toBe(name);
      const links = await bar
        .getByRole('link')
        .evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      expect(links).toEqual(['/', '/graphql', '/docs', '/redoc']);
      const image = bar.locator('img');
      expect(
        await image.evaluate((mark) => mark instanceof HTMLImageElement && mark.naturalWidth),
      ).toBeGreaterThan(0);
    },
  );

  test('GraphiQL fills its window without scroll bars of the page', async () => {
    const page = await open(`${server.url}/graphql`, null, { viewport: { width: 1280, height: 800 } });
    await page.locator('.graphiql-editors .view-line').first().waitFor();
    const excess = await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return [scrollWidth - innerWidth, scrollHeight - innerHeight];
    });
    expect(excess).toEqual([0, 0]);
  });
});
