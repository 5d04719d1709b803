import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { applyEdit } from '../../../src/text/text-change.ts';
import { graphql } from '../../generated/gql.ts';
import { randomChange } from '../letters.ts';
import { insist, NONE, type SimulatedClient, type Surroundings } from './client.ts';
import { follow, operate, readSession, rest } from './requests.ts';

const SimulationEdit = graphql(`
  mutation SimulationEdit($input: EditSessionInput!) {
    editSession(input: $input) { __typename ... on EditSessionPayload { seq } ... on Error { message } }
  }
`);

const SimulationEvents = graphql(`
  subscription SimulationEvents($sessionId: ID!, $after: Int!) {
    sessionEvents(sessionId: $sessionId, after: $after) {
      seq
      ... on SessionUpdated { edits { changes { at delete insert } } }
    }
  }
`);

/** Follows the edits of the log, and sends its own over GraphQL with the number of the text that it shows. */
export async function graphqlClient(around: Surroundings): Promise<SimulatedClient> {
  const { sessionId, userId, random, alphabet } = around;
  let { code, seq } = await readSession(around);
  follow(
    around,
    SimulationEvents,
    () => ({ sessionId, after: seq }),
    ({ sessionEvents: event }) => {
      if (event.seq !== seq + 1) throw new Error(`Event ${event.seq} came after ${seq}`);
      seq = event.seq;
      if ('edits' in event) for (const { changes } of event.edits) code = applyEdit(code, changes);
    },
  ).catch(around.report);
  return {
    act: async () => {
      const change = randomChange(random, code, alphabet);
      const input = { sessionId, userId, id: randomUUID(), base: seq, changes: [change] };
      const { editSession } = await operate(around, SimulationEdit, { input });
      if (editSession.__typename !== 'EditSessionPayload') throw new Error(JSON.stringify(editSession));
      alphabet.keep(change.insert);
    },
    text: () => code,
    own: NONE,
  };
}

const json = { 'content-type': 'application/json' };

/** Reads the text and sends an edit of it over REST, the same again until it is answered. */
export function restClient(around: Surroundings): SimulatedClient {
  const { sessionId, userId, random, alphabet, proxy, signal } = around;
  return {
    act: async () => {
      const { code, seq: base } = await readSession(around);
      const change = randomChange(random, code, alphabet);
      const body = JSON.stringify({ userId, id: randomUUID(), base, changes: [change] });
      const url = `${proxy.url}/api/v1/sessions/${sessionId}/edits`;
      await insist(signal, () => rest(url, z.unknown(), { method: 'POST', headers: json, body }));
      alphabet.keep(change.insert);
    },
    text: () => null,
    own: NONE,
  };
}

/**
 * Reads the text and sends the whole of it, changed, once: if no answer comes, its letters may be there or not. With
 * `isBased` it says of which text. Without, it deletes what others did meanwhile, which the log tells.
 */
export function wholeTextClient(around: Surroundings, { isBased }: { isBased: boolean }): SimulatedClient {
  const { sessionId, userId, random, alphabet, proxy } = around;
  return {
    act: async () => {
      const { code, seq } = await readSession(around);
      const change = randomChange(random, code, alphabet);
      const headers = { ...json, 'x-session-id': sessionId, 'x-user-id': userId };
      const body = JSON.stringify({ code: applyEdit(code, [change]), ...(isBased && { baseSeq: seq }) });
      const url = `${proxy.url}/api/v1/sessions/${sessionId}`;
      const answer = await rest(url, z.unknown(), { method: 'PATCH', headers, body });
      if (answer) alphabet.keep(change.insert);
    },
    text: () => null,
    own: NONE,
  };
}
