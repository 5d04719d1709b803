import type { Caller } from '../access/caller.ts';
import type { Permit } from '../access/decide.ts';
import type { OpenConnection } from '../transport/connections.ts';
import { ByteBudget } from './byte-budget.ts';
import { CloseCode, CloseError, toCloseError } from './close-error.ts';
import type { Member } from './member.ts';
import type { DocumentConnection, Participant } from './participant.ts';
import { type ClientMessage, isAwareness } from './protocols/messages.ts';
import type { DocumentRooms } from './rooms.ts';

/**
 * What a client shows of itself: a credential, or the id of a user, which counts where access is open. Both are the same
 * text where the protocol has one for either.
 */
export interface Shown {
  readonly token: string | null;
  readonly userId: string | null;
}

/** What a connection may do with a document. */
export interface Admission {
  readonly permit: Permit<'READ'>;
  readonly caller: Caller;
  /** Null for who is no user of the session. */
  readonly user: Member | null;
  readonly canEdit: boolean;
}

export interface DocumentSocketOptions {
  readonly rooms: DocumentRooms;
  /**
   * Returns what the client at an address may do with the document of a session. Throws UnauthenticatedError,
   * TooManyFailuresError, ForbiddenError, SessionNotFoundError and UserNotFoundError.
   */
  admit(sessionId: string, shown: Shown, address: string): Promise<Admission>;
  /** Takes an unforeseen error, and that the database is away. */
  report(error: unknown): void;
}

/** What a message counts for whose answer takes long: the whole document, or a look into the database. */
const REQUEST_BYTES = 64 * 1024;
const REQUESTS = new Set(['syncStep1', 'queryAwareness', 'token']);

/** How much the client of one socket may send. */
export class SocketBudget {
  readonly #budget = new ByteBudget();

  /** Counts a message of the client, of no type if it is passed over. Throws CloseError if they come too fast. */
  take(bytes: Uint8Array, type = ''): void {
    const cost = bytes.length + (REQUESTS.has(type) ? REQUEST_BYTES : 0);
    if (!this.#budget.take(cost))
      throw new CloseError(CloseCode.TRY_LATER, 'Too much at once: come back later');
  }

  /** Counts a message to the client: y-websocket sends back each awareness state that it was told. */
  sent(body: Uint8Array): void {
    if (isAwareness(body)) this.#budget.add(body.length);
  }
}

/** How a protocol tells its client things about one document. */
export interface ClientSide
  extends Pick<DocumentConnection, 'send' | 'acknowledge' | 'refuseEdit' | 'tellScope' | 'close'> {
  /** Ends the connection because its credential has ended or changed, with the code of a close frame. */
  endAccess(code: number, reason: string): void;
}

/** A place in the room of a document. */
export interface Place {
  receive(message: ClientMessage): void;
  close(error: CloseError): void;
  /** Takes the client out of the room and offline. */
  leave(): void;
}

/**
 * Lets a client into the room of a document, and makes its user online. `onAdmitted` is called before anything is
 * sent. Throws CloseError.
 */
export async function enter(
  { rooms, admit, report }: DocumentSocketOptions,
  connection: OpenConnection,
  { sessionId, ...shown }: Shown & { readonly sessionId: string },
  client: ClientSide,
  onAdmitted: (admission: Admission) => void = () => {},
): Promise<Place> {
  try {
    const admission = await admit(sessionId, shown, connection.address);
    const { permit, caller } = admission;
    const goOffline = await connection.identify(caller, client.endAccess);
    onAdmitted(admission);
    const participant = rooms.join(permit, { ...admission, ...client });
    return placeOf(participant, goOffline);
  } catch (error) {
    throw toCloseError(error, report);
  }
}

function placeOf(participant: Participant, goOffline: () => void): Place {
  return {
    receive: (message) => participant.receive(message),
    close: (error) => participant.close(error),
    leave: () => {
      participant.leave();
      goOffline();
    },
  };
}
