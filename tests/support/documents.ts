import { createServer } from 'node:http';
import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider';
import Fastify from 'fastify';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { NOBODY } from '../../src/access/caller.ts';
import { decide } from '../../src/access/decide.ts';
import type { Bus } from '../../src/bus/bus.ts';
import { NO_BUS } from '../../src/bus/bus.ts';
import { readConfig } from '../../src/config.ts';
import type { Admission, Shown } from '../../src/documents/document-socket.ts';
import { type CommittedEdit, flush, type PendingChange } from '../../src/documents/flush.ts';
import { hocuspocus } from '../../src/documents/hocuspocus.ts';
import type { ClientUpdate, DocumentLog } from '../../src/documents/participant.ts';
import { DocumentRooms } from '../../src/documents/rooms.ts';
import { yWebSocket } from '../../src/documents/y-websocket.ts';
import { firstState, YjsDocument } from '../../src/documents/yjs-document.ts';
import { SessionNotFoundError, UserNotFoundError } from '../../src/errors.ts';
import { urlOf } from '../../src/http-server.ts';
import { Connections } from '../../src/transport/connections.ts';
import { routeUpgrades } from '../../src/transport/upgrades.ts';
import { stopAtEnd } from './cleanup.ts';

interface Waiting {
  readonly change: PendingChange;
  resolve(outcome: 'committed' | 'incomplete'): void;
  reject(error: unknown): void;
}

/** The log of one document in memory, and the document. Instances may share it. */
export class MemoryDocument implements DocumentLog {
  readonly opened = Promise.resolve();
  readonly entries: CommittedEdit[] = [];
  /** How often the last connection has gone. */
  closings = 0;
  /** Called before edits are stored. The test may wait or throw. */
  onStore: () => unknown = () => {};
  readonly #first: string;
  #document: YjsDocument;
  readonly #waiting: Waiting[] = [];
  readonly #listeners = new Set<(update: Uint8Array) => void>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(text = '') {
    this.#first = text;
    this.#document = this.#rebuilt();
  }

  /** Holds back what is to be stored until it is opened. */
  hold(): { open(): void; readonly waiting: number } {
    let open = () => {};
    let waiting = 0;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.onStore = async () => {
      waiting += 1;
      await opened;
    };
    return {
      open,
      get waiting() {
        return waiting;
      },
    };
  }

  get text(): string {
    return this.#document.text;
  }

  listen(listener: (update: Uint8Array) => void): void {
    this.#listeners.add(listener);
  }

  vector(): Promise<Uint8Array> {
    return this.#inTurn(() => this.#document.stateVector());
  }

  missing(vector: Uint8Array): Promise<Uint8Array> {
    return this.#inTurn(() => this.#document.state(vector));
  }

  /** Commits what waits, when the commit before is done. */
  commit({ update, userId }: ClientUpdate): Promise<'committed' | 'incomplete'> {
    return new Promise((resolve, reject) => {
      const change = { userId, id: null, apply: (to: YjsDocument) => to.merge(update) };
      this.#waiting.push({ change, resolve, reject });
      void this.#inTurn(() => this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting.splice(0);
    const changes = waiting.map(({ change }) => change);
    const { document, edits, outcomes } = flush(this.#document, changes, () => this.#rebuilt());
    this.#document = document;
    const late = waiting.splice(outcomes.length);
    this.#waiting.unshift(...late);
    if (late.length > 0) void this.#inTurn(() => this.#flush());
    try {
      if (edits.length > 0) await this.#store(edits);
    } catch (error) {
      this.#document = this.#rebuilt();
      for (const { reject } of waiting) reject(error);
      return;
    }
    for (const [i, { resolve, reject }] of waiting.entries()) {
      const outcome = outcomes[i];
      if (outcome === 'incomplete') resolve(outcome);
      else if (outcome && 'error' in outcome) reject(outcome.error);
      else resolve('committed');
    }
  }

  close(): void {
    this.closings += 1;
  }

  async #store(edits: readonly CommittedEdit[]): Promise<void> {
    await this.onStore();
    this.entries.push(...edits);
    for (const { update } of edits) for (const listener of this.#listeners) listener(update);
  }

  #rebuilt(): YjsDocument {
    const document = new YjsDocument(1, firstState(this.#first, 1), this.#first);
    document.applyCommitted(this.entries);
    return document;
  }

  #inTurn<Result>(task: () => Result | Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** The session that the servers have, and its users. */
export const SESSION = 'session-1';
export const USERS = {
  ann: { id: 'ann', name: 'Ann', color: '#22d3ee' },
  bob: { id: 'bob', name: 'Bob', color: '#a78bfa' },
  viewer: { id: 'viewer', name: 'Viewer', color: '#f472b6' },
};

async function admit(sessionId: string, { userId }: Shown): Promise<Admission> {
  if (sessionId !== SESSION) throw new SessionNotFoundError(sessionId);
  const permit = decide(NOBODY, 'READ', { id: SESSION, owner: null, status: 'ACTIVE', locks: '' });
  if (userId === null) return { permit, caller: NOBODY, user: null, canEdit: true };
  const user = Object.values(USERS).find(({ id }) => id === userId);
  if (!user) throw new UserNotFoundError(userId);
  const caller = { ...NOBODY, user: { sessionId, userId } };
  return { permit, caller, user, canEdit: userId !== 'viewer' };
}

export interface DocumentServer {
  readonly url: string;
  readonly rooms: DocumentRooms;
  readonly connections: Connections;
  /** Who is online, once for each connection. */
  readonly online: string[];
  /** Errors that were not foreseen. */
  readonly reported: unknown[];
  close(): Promise<void>;
}

/** A server of both protocols with one document. */
export async function startDocumentServer(
  document: MemoryDocument,
  { bus = NO_BUS, firstDocumentMs }: { bus?: Bus; firstDocumentMs?: number } = {},
): Promise<DocumentServer> {
  const config = readConfig({ SHUTDOWN_TIMEOUT: '1000' });
  const online: string[] = [];
  const reported: unknown[] = [];
  const connections = new Connections(config, async ({ user }) => {
    if (!user) return () => {};
    const id = user.userId;
    online.push(id);
    return () => void online.splice(online.indexOf(id), 1);
  });
  const report = (error: unknown) => void reported.push(error);
  const rooms = new DocumentRooms({ bus, openLog: () => document, report });
  document.listen((update) => rooms.deliver(SESSION, update));
  const server = createServer();
  const options = { rooms, admit, report };
  const { log } = Fastify({ logger: { level: 'silent' } });
  const stop = routeUpgrades(server, [yWebSocket(options), hocuspocus(options, firstDocumentMs)], {
    config,
    connections,
    log,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: urlOf('127.0.0.1', server.address()).replace('http', 'ws'),
    rooms,
    connections,
    online,
    reported,
    close: stopAtEnd(async () => {
      rooms.close();
      await stop();
      server.close();
    }),
  };
}

/** An editor without its editor: a Yjs document and what is shown beside it. */
export interface Editor {
  readonly doc: Y.Doc;
  readonly text: Y.Text;
  readonly awareness: NonNullable<WebsocketProvider['awareness']>;
  /** Closes the connection without a word, as a broken network does. */
  cut(): void;
}

/** A provider that is destroyed while it connects has nobody left for the error. */
class QuietWebSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args);
    this.on('error', () => {});
  }
}

// The types of the browser's WebSocket and of that of ws differ in what no provider uses.
const WebSocketPolyfill = QuietWebSocket as unknown as typeof globalThis.WebSocket;

export interface YEditor extends Editor {
  readonly provider: WebsocketProvider;
}

/** What a client of y-websocket shows of itself. */
interface YOptions {
  readonly params?: Record<string, string>;
  readonly protocols?: string[];
}

/** An editor over y-websocket, as its documentation says: of a user, of nobody, or with these options. */
export function yEditor(url: string, who: string | YOptions | null, session = SESSION): YEditor {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${url}/yjs`, session, doc, {
    WebSocketPolyfill,
    ...(typeof who === 'string' ? { params: { userId: who } } : who),
    // Otherwise editors of one process would reach each other without the server.
    disableBc: true,
  });
  stopAtEnd(async () => {
    provider.destroy();
    provider.awareness.destroy();
  });
  return {
    doc,
    provider,
    text: doc.getText('code'),
    awareness: provider.awareness,
    cut: () => provider.ws?.close(),
  };
}

export interface HocuspocusEditor extends Editor {
  readonly provider: HocuspocusProvider;
  readonly socket: HocuspocusProviderWebsocket;
  /** Why the document's connection was closed, and why the token was not accepted. */
  readonly closed: string[];
  readonly denied: string[];
}

/** An editor over the Hocuspocus provider, as its documentation says. */
export function hocuspocusEditor(
  url: string,
  token: string | null,
  {
    name = SESSION,
    WebSocket = WebSocketPolyfill,
    socket = hocuspocusSocket(url, WebSocket),
    sessionAwareness = false,
  }: {
    name?: string;
    WebSocket?: unknown;
    socket?: HocuspocusProviderWebsocket;
    sessionAwareness?: boolean;
  } = {},
): HocuspocusEditor {
  const doc = new Y.Doc();
  const closed: string[] = [];
  const denied: string[] = [];
  const provider = new HocuspocusProvider({
    websocketProvider: socket,
    name,
    document: doc,
    token,
    sessionAwareness,
    onClose: ({ event }) => closed.push(event.reason),
    onAuthenticationFailed: ({ reason }) => denied.push(reason),
  });
  provider.attach();
  stopAtEnd(async () => provider.destroy());
  const { awareness } = provider;
  if (!awareness) throw new Error('The provider has no awareness');
  return {
    doc,
    provider,
    socket,
    closed,
    denied,
    text: doc.getText('code'),
    awareness,
    cut: () => socket.webSocket?.close(),
  };
}

export function hocuspocusSocket(
  url: string,
  polyfill: unknown = WebSocketPolyfill,
): HocuspocusProviderWebsocket {
  const socket = new HocuspocusProviderWebsocket({
    url: `${url}/yjs`,
    WebSocketPolyfill: polyfill,
    delay: 50,
    minDelay: 0,
  });
  stopAtEnd(async () => socket.destroy());
  return socket;
}

/** Waits until an editor has a text. */
export const hasText = (editor: Editor, text: string) => expect.poll(() => editor.text.toString()).toBe(text);
/** What an editor is shown of the others: by name. */
export const shown = ({ doc, awareness }: Editor) =>
  [...awareness.getStates()]
    .filter(([clientId]) => clientId !== doc.clientID)
    .map(([, state]) => state)
    .sort((one, two) => (String(one['user']?.name) < String(two['user']?.name) ? -1 : 1));
