import { WebsocketProvider } from 'y-websocket';
import { Doc, type Text, UndoManager } from 'yjs';
import { type Member, webSocketUrl } from '../shared/api.ts';

/** The root of the shared text. */
const ROOT = 'code';
/** The server closes a connection with it whose token is good for something else now. */
const ROLE_CHANGED = 4403;

/**
 * `away`: nothing of the text has come yet. `synced`: it is here, and edits may be made, with or without connection.
 * `tooLong` and `refused`: the server takes no more from this page.
 */
export type DocumentState = 'away' | 'synced' | 'tooLong' | 'refused' | 'reset';

/** What the code means with which the server closes a connection for good. Others mean `refused`. */
const STATE_OF_CODE: Partial<Record<number, DocumentState>> = {
  // It began a new document for the same text.
  4410: 'reset',
  4413: 'tooLong',
};

/** The program as all members edit it, over y-websocket. */
export class SharedDocument {
  readonly text: Text;
  readonly undo: UndoManager;
  readonly #provider: WebsocketProvider;
  #state: DocumentState = 'away';

  constructor({ sessionId, userId, token }: Member, onChange: (state: DocumentState) => void) {
    const isPermanent = (code: number) =>
      code >= 4400 && code < 4500 && !(code === ROLE_CHANGED && token !== null);
    const doc = new Doc();
    this.text = doc.getText(ROOT);
    this.undo = new UndoManager(this.text);
    this.#provider = new WebsocketProvider(webSocketUrl('/yjs'), sessionId, doc, {
      ...(token === null ? { params: { userId } } : { protocols: [`bearer.${token}`] }),
      // Other tabs get what the server has stored, as everybody does.
      disableBc: true,
      shouldReconnect: ({ code }) => !isPermanent(code),
    });
    const become = (state: DocumentState) => {
      this.#state = state;
      onChange(state);
    };
    this.#provider.on('sync', (isSynced) => {
      if (isSynced) become('synced');
    });
    this.#provider.on('connection-close', (event) => {
      const { code } = event ?? { code: 0 };
      if (isPermanent(code)) become(STATE_OF_CODE[code] ?? 'refused');
    });
  }

  get state(): DocumentState {
    return this.#state;
  }

  get awareness() {
    return this.#provider.awareness;
  }

  close(): void {
    this.#provider.destroy();
    this.#provider.doc.destroy();
  }
}
