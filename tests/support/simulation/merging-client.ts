import * as Y from 'yjs';
import { graphql } from '../../generated/gql.ts';
import { randomChange } from '../letters.ts';
import { NONE, type SimulatedClient, type Surroundings } from './client.ts';
import { follow, operate } from './requests.ts';

const SimulationMerge = graphql(`
  mutation SimulationMerge($input: MergeDocumentInput!) {
    mergeDocument(input: $input) { __typename ... on Error { message } }
  }
`);

const SimulationUpdates = graphql(`
  subscription SimulationUpdates($sessionId: ID!, $vector: Base64!) {
    documentUpdates(sessionId: $sessionId, vector: $vector) { update }
  }
`);

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** A Yjs document without a socket of Yjs: over `documentUpdates` and `mergeDocument`. */
export function mergingClient(around: Surroundings): SimulatedClient {
  const { sessionId, userId, random, alphabet } = around;
  const doc = new Y.Doc();
  const text = doc.getText('code');
  follow(
    around,
    SimulationUpdates,
    () => ({ sessionId, vector: base64(Y.encodeStateVector(doc)) }),
    ({ documentUpdates }) => Y.applyUpdate(doc, Buffer.from(documentUpdates.update, 'base64')),
  ).catch(around.report);
  return {
    act: async () => {
      const before = Y.encodeStateVector(doc);
      const change = randomChange(random, text.toString(), alphabet);
      doc.transact(() => {
        text.delete(change.at, change.delete);
        text.insert(change.at, change.insert);
      });
      const update = base64(Y.encodeStateAsUpdate(doc, before));
      const { mergeDocument } = await operate(around, SimulationMerge, {
        input: { sessionId, userId, update },
      });
      if (mergeDocument.__typename !== 'MergeDocumentPayload') throw new Error(JSON.stringify(mergeDocument));
      alphabet.keep(change.insert);
    },
    text: () => text.toString(),
    own: NONE,
  };
}
