import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type AccessServer, startAccessServer } from '../support/closed-server.ts';

const UNKNOWN = '0000000000';
const UNKNOWN_EXECUTION = '0000000000000000';
const SESSION = 'query ($id: ID!) { session(id: $id) { code } }';
const EXECUTION = 'query ($id: ID!) { execution(id: $id) { code } }';
const RUN = `mutation ($id: ID) { executeCode(input: { sessionId: $id, language: JAVASCRIPT, code: "1" }) {
  ... on ExecuteCodePayload { execution { id } } } }`;

let server: AccessServer;
let foreign: string;
const executions: string[] = [];
const tokens: Record<string, string | null> = { nobody: null };
beforeAll(async () => {
  server = await startAccessServer({}, { programs: true });
  const owner = await server.key('SESSIONS', 'EXECUTE');
  tokens['another key'] = await server.key('SESSIONS');
  foreign = (await server.rest('POST', '/sessions', owner, {})).body.id;
  for (const id of [foreign, null]) {
    const { body } = await server.ask(RUN, owner, { id });
    executions.push(body.data.executeCode.execution.id);
  }
  const own = (await server.rest('POST', '/sessions', owner, {})).body.id;
  tokens['a participant of another session'] = (await server.participant(own, 'HOST')).token;
});
afterAll(() => server.close());

/** Returns how many statements about sessions an answer takes. */
async function looksOf(ask: () => Promise<unknown>): Promise<number> {
  const looks = [vi.spyOn(server.app.store, 'load'), vi.spyOn(server.app.store, 'seqs')];
  onTestFinished(() => void vi.restoreAllMocks());
  for (const look of looks) look.mockClear();
  await ask();
  return looks.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

test.each(['nobody', 'another key', 'a participant of another session'])(
  'a session that is kept in memory takes as many looks as an unknown one, for %s',
  async (who) => {
    const token = tokens[who] ?? null;
    for (const ask of [
      (id: string) => server.rest('GET', `/sessions/${id}`, token),
      (id: string) => server.rest('PATCH', `/sessions/${id}`, token, { code: '1' }),
      (id: string) => server.ask(SESSION, token, { id }),
    ]) {
      // Documents that are known already are answered in another way.
      await ask(UNKNOWN);
      expect(await looksOf(() => ask(foreign))).toBe(await looksOf(() => ask(UNKNOWN)));
    }
    await server.ask(EXECUTION, token, { id: UNKNOWN_EXECUTION });
    const unknown = await looksOf(() => server.ask(EXECUTION, token, { id: UNKNOWN_EXECUTION }));
    for (const id of executions) {
      expect(await looksOf(() => server.ask(EXECUTION, token, { id }))).toBe(unknown);
    }
  },
);
