import { z } from 'zod';
import { NAME, programOf, type Target } from './operations.ts';

const AT_ONCE = 8;
const headers = { 'content-type': 'application/json' };
const created = z.object({ id: z.string() });

/** Creates sessions, each with two users, and returns each with the first of them. */
export function createSessions(url: string, count: number): Promise<Target[]> {
  return times(count, async () => {
    const sessionId = await create(url, '', { code: programOf(0) });
    const userId = await create(url, `/${sessionId}/users`, { name: NAME });
    await create(url, `/${sessionId}/users`, { name: NAME });
    return { sessionId, userId };
  });
}

/** Creates sessions that nothing will be asked about. */
export async function createOthers(url: string, count: number): Promise<void> {
  await times(count, () => create(url, '', { code: programOf(0) }));
}

async function times<Result>(count: number, make: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let started = 0;
  const work = async () => {
    for (; started < count; ) {
      started += 1;
      results.push(await make());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

async function create(url: string, path: string, body: object): Promise<string> {
  const response = await fetch(`${url}/api/v1/sessions${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return created.parse(await response.json()).id;
}
