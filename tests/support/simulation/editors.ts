import { type Editor, hocuspocusEditor, hocuspocusSocket, yEditor } from '../documents.ts';
import { randomChange } from '../letters.ts';
import type { SimulatedClient, Surroundings } from './client.ts';

const webSocketUrl = ({ proxy }: Surroundings) => proxy.url.replace('http', 'ws');

/** An editor over y-websocket. */
export function yWebSocketClient(around: Surroundings): SimulatedClient {
  const editor = yEditor(webSocketUrl(around), around.userId, around.sessionId);
  around.signal.addEventListener('abort', () => editor.provider.destroy());
  return editorClient(around, editor);
}

/** An editor over the Hocuspocus provider. */
export function hocuspocusClient(around: Surroundings): SimulatedClient {
  const socket = hocuspocusSocket(webSocketUrl(around));
  const options = { name: around.sessionId, socket };
  const editor = hocuspocusEditor(webSocketUrl(around), around.userId, options);
  around.signal.addEventListener('abort', () => {
    editor.provider.destroy();
    socket.destroy();
  });
  return editorClient(around, editor);
}

function editorClient({ random, alphabet }: Surroundings, { doc, text }: Editor): SimulatedClient {
  const own = new Set<string>();
  return {
    own,
    act: async () => {
      const change = randomChange(random, text.toString(), alphabet);
      doc.transact(() => {
        text.delete(change.at, change.delete);
        text.insert(change.at, change.insert);
      });
      alphabet.keep(change.insert);
      for (const letter of change.insert) own.add(letter);
    },
    text: () => text.toString(),
  };
}
