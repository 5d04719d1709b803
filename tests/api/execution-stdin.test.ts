import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programsAt, textOf } from '../support/executions.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let programs: ReturnType<typeof programsAt>;
beforeAll(async () => {
  server = await startTestServer({ MAX_RUNNING: '2', BODY_LIMIT: String(20 * 2 ** 20) }, { programs: true });
  programs = programsAt(server.graphql);
});
afterAll(() => server.close());

const READLINE = `
import readline from 'node:readline';
const lines = readline.createInterface({ input: process.stdin });
for await (const line of lines) console.log(line.toUpperCase());
console.log('end');`;

/** Follows a program until it has printed `text`. */
function reader(id: string) {
  const output = programs.follow(id);
  let seen = '';
  return async (text: string) => {
    while (!seen.includes(text)) seen += (await output.chunk()).text;
  };
}

async function statusIs(id: string, status: string): Promise<void> {
  await expect.poll(() => programs.find(id)).toMatchObject({ status });
}

describe('a program that people type into', () => {
  test('input() reads a line at a time, and then the end', async () => {
    const code = 'while True: print("got", input(), flush=True)';
    const id = await programs.start({ language: 'PYTHON', code });
    const until = reader(id);
    expect(await programs.write(id, 'ada\n')).toEqual({
      __typename: 'WriteStdinPayload',
      execution: { id },
    });
    await until('got ada\n');
    await programs.write(id, 'grace ');
    await programs.write(id, 'hopper\n');
    await until('got grace hopper\n');
    await programs.write(id, '', true);
    await expect.poll(() => programs.find(id)).toMatchObject({ error: expect.stringContaining('EOFError') });
  });

  test('readline reads a line at a time, and then the end', async () => {
    const id = await programs.start({ language: 'JAVASCRIPT', code: READLINE });
    const until = reader(id);
    await programs.write(id, 'ada\n');
    await until('ADA\n');
    await programs.write(id, 'grace\n', true);
    await until('GRACE\nend\n');
    await statusIs(id, 'SUCCEEDED');
  });

  test('what is written before its turn is held for it', async () => {
    const blockers = [await programs.start(ENDLESS), await programs.start(ENDLESS)];
    const id = await programs.start({ language: 'JAVASCRIPT', code: READLINE });
    expect(await programs.write(id, 'early ')).toMatchObject({ execution: { id } });
    await programs.write(id, 'bird\n', true);
    expect(await programs.find(id)).toMatchObject({ status: 'QUEUED' });
    expect(await programs.write(id, 'late')).toMatchObject({
      message: expect.stringMatching(/standard input is closed/),
    });
    const output = programs.follow(id);
    for (const blocker of blockers) await programs.cancel(blocker);
    expect(textOf(await output.rest())).toBe('EARLY BIRD\nend\n');
  });
});

const ENDLESS = { language: 'JAVASCRIPT', code: 'setInterval(() => {}, 1000)' } as const;

describe('input that cannot be taken is told', () => {
  test.each(['nothing', 'NOT AN ID'])('%j is no execution', async (id) => {
    expect(await programs.write(id, 'x')).toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
  });

  test('after its end', async () => {
    const id = await programs.start({ language: 'JAVASCRIPT', code: '' });
    await statusIs(id, 'SUCCEEDED');
    expect(await programs.write(id, 'x')).toMatchObject({
      code: 'EXECUTION_NOT_RUNNING',
      message: expect.stringMatching(/has already ended/),
    });
  });

  test.each([
    ['after `end`', null],
    ['after the `stdin` that it was started with', 'given'],
  ])('%s', async (_, stdin) => {
    const id = await programs.start({ ...ENDLESS, stdin });
    if (stdin === null) await programs.write(id, '', true);
    expect(await programs.write(id, 'x')).toMatchObject({
      code: 'EXECUTION_NOT_RUNNING',
      message: expect.stringMatching(/standard input is closed/),
    });
    await programs.cancel(id);
  });

  test('beyond 16 MiB, at once and all in all', async () => {
    const id = await programs.start(ENDLESS);
    expect(await programs.write(id, 'x'.repeat(16 * 2 ** 20 + 1))).toMatchObject({
      __typename: 'InvalidInputError',
      field: 'data',
      message: 'data must be at most 16777216 bytes',
    });
    expect(await programs.write(id, 'x'.repeat(9 * 2 ** 20))).toMatchObject({ execution: { id } });
    expect(await programs.write(id, 'x'.repeat(9 * 2 ** 20))).toMatchObject({
      field: 'data',
      message: 'data must be at most 16777216 bytes, all in all',
    });
    await programs.cancel(id);
  });
});
