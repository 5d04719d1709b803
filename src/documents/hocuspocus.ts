import { parseCredential } from '../access/credential.ts';
import { REVOKED_CODE } from '../access/watch.ts';
import { besideBearer } from '../transport/bearer-subprotocol.ts';
import type { AcceptedSocket, WebSocketProtocol } from '../transport/upgrades.ts';
import { CloseCode, CloseError } from './close-error.ts';
import {
  type ClientSide,
  type DocumentSocketOptions,
  enter,
  type Place,
  type Shown,
  SocketBudget,
} from './document-socket.ts';
import {
  addressed,
  addressOf,
  encodeAuthenticated,
  encodeClose,
  encodePermissionDenied,
  encodeSyncStatus,
  type HocuspocusMessage,
  parseHocuspocusMessage,
} from './protocols/hocuspocus-messages.ts';

/** The most documents over one socket. */
const MAX_DOCUMENTS = 32;

/** How long a socket may stay without a document. The provider itself closes a socket that was silent for as long. */
const FIRST_DOCUMENT_MS = 30_000;

/** Longer messages end the socket. A message that is too long for a document ends the document alone. */
const MAX_MESSAGE = 8 * 1024 * 1024;

/**
 * The protocol of the Hocuspocus provider at `/yjs`. The name of a document is the session's id; the token is a
 * credential, or the id of a user. The subprotocol `bearer.<token>` holds for documents without a credential of their own.
 */
export function hocuspocus(
  options: DocumentSocketOptions,
  firstDocumentMs = FIRST_DOCUMENT_MS,
): WebSocketProtocol {
  return {
    serves: (path) => path === '/yjs',
    maxMessage: MAX_MESSAGE,
    tooLargeCode: CloseCode.TOO_LARGE,
    chooseSubprotocol: besideBearer,
    accept: (socket) => {
      const documents = new HocuspocusSocket(options, socket);
      const idle = setTimeout(() => documents.closeUnused(), firstDocumentMs);
      socket.onMessage((bytes) => documents.receive(bytes));
      return () => {
        clearTimeout(idle);
        return documents.leave();
      };
    },
  };
}

/** One socket of a provider, which opens one document or more over it. */
class HocuspocusSocket {
  readonly #options: DocumentSocketOptions;
  readonly #socket: AcceptedSocket;
  readonly #budget = new SocketBudget();
  /** By their address. Null for one that is refused. */
  readonly #documents = new Map<string, Promise<Place | null>>();

  constructor(options: DocumentSocketOptions, socket: AcceptedSocket) {
    this.#options = options;
    this.#socket = socket;
  }

  async receive(bytes: Uint8Array): Promise<void> {
    try {
      const parsed = parseHocuspocusMessage(bytes);
      this.#budget.take(bytes, parsed?.message.type);
      if (parsed) await this.#handle(parsed);
    } catch (error) {
      if (!(error instanceof CloseError)) throw error;
      await this.#close(addressOf(bytes), error);
    }
  }

  async #handle({ address, documentName, message }: HocuspocusMessage): Promise<void> {
    switch (message.type) {
      case 'token':
        return this.#open(address, documentName, message.token);
      case 'close':
        return this.#leave(address);
      default:
        // The provider sends on after a refusal.
        (await this.#documents.get(address))?.receive(message);
    }
  }

  #open(address: string, sessionId: string, token: string): void {
    if (this.#documents.has(address)) return;
    const who = { sessionId, ...this.#shown(token) };
    const place =
      this.#documents.size < MAX_DOCUMENTS
        ? enter(this.#options, this.#socket.connection, who, this.#client(address), ({ canEdit }) =>
            this.#send(encodeAuthenticated(address, canEdit)),
          )
        : Promise.reject(new CloseError(CloseCode.FORBIDDEN, 'Too many documents over one connection'));
    const entered = place.catch((error: CloseError) => {
      if (this.#documents.get(address) === entered) this.#documents.delete(address);
      return this.#deny(address, error);
    });
    this.#documents.set(address, entered);
  }

  #shown(token: string): Shown {
    const { bearer } = this.#socket;
    const isCredential = parseCredential(token) !== null;
    if (bearer !== null && !isCredential) return { token: bearer, userId: null };
    return { token: token || null, userId: isCredential ? null : token || null };
  }

  #deny(address: string, error: CloseError): null {
    if (isFinal(error)) this.#send(encodePermissionDenied(address, error.message));
    else this.#socket.close(error.code, error.message);
    return null;
  }

  #client(address: string): ClientSide {
    return {
      send: (body) => {
        this.#budget.sent(body);
        this.#send(addressed(address, body));
      },
      acknowledge: () => this.#send(encodeSyncStatus(address, true)),
      refuseEdit: () => this.#send(encodeSyncStatus(address, false)),
      tellScope: (canEdit) => this.#send(encodeAuthenticated(address, canEdit)),
      close: (error) => {
        void this.#leave(address);
        if (isFinal(error)) this.#send(encodeClose(address, error.message));
        else this.#socket.close(error.code, error.message);
      },
      // The provider comes back to a socket that was closed, and shows its token again.
      endAccess: (code, reason) => {
        if (code !== REVOKED_CODE) return this.#socket.close(code, reason);
        void this.#leave(address);
        this.#send(encodeClose(address, reason));
      },
    };
  }

  /** Closes a document, or the socket if it carries no such document. */
  async #close(address: string | null, error: CloseError): Promise<void> {
    const place = address === null ? null : await this.#documents.get(address);
    if (place) place.close(error);
    else this.#socket.close(error.code, error.message);
  }

  /** Closes a socket over which no document is open. */
  closeUnused(): void {
    if (this.#documents.size === 0) this.#socket.close(CloseCode.NO_DOCUMENT, 'No document was opened');
  }

  /** Leaves all documents: the socket has closed. */
  async leave(): Promise<void> {
    await Promise.all([...this.#documents.keys()].map((address) => this.#leave(address)));
  }

  async #leave(address: string): Promise<void> {
    const place = this.#documents.get(address);
    this.#documents.delete(address);
    (await place)?.leave();
  }

  #send(bytes: Uint8Array): void {
    void this.#socket.send(bytes);
  }
}

/** Whether another connection would end in the same way. */
function isFinal({ code }: CloseError): boolean {
  return code >= 4400 && code < 4500;
}
