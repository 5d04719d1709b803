import { afterAll, beforeAll } from 'vitest';
import { type CheckAnswer, openApiChecker } from './openapi.ts';

const unchecked = globalThis.fetch;
let check: CheckAnswer | undefined;

/** Set up for every test file: each REST answer that any test gets must be what `/openapi.json` says. */
beforeAll(() => {
  globalThis.fetch = checkedFetch;
});
afterAll(() => {
  globalThis.fetch = unchecked;
});

async function checkedFetch(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const { pathname, origin } = new URL(input instanceof Request ? input.url : input);
  if (!pathname.startsWith('/api/v1/')) return unchecked(input, init);

  // The server may be gone by the time it has answered.
  check ??= openApiChecker(await (await unchecked(`${origin}/openapi.json`)).json());
  const response = await unchecked(input, init);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  if (['HEAD', 'OPTIONS'].includes(method)) return response;
  const difference = await check(method, pathname, response.clone());
  if (difference) throw new Error(`${method} ${pathname} answered ${response.status}: ${difference}`);
  return response;
}
