import type { Permit, SessionFacts } from '../access/decide.ts';
import type { Bus } from '../bus/bus.ts';
import { StaggeredInterval } from '../staggered-interval.ts';
import { type CloseError, toCloseError } from './close-error.ts';
import type { DocumentConnection, DocumentLog, Participant } from './participant.ts';
import { DocumentRoom } from './room.ts';
import { awarenessAsked, awarenessChanged } from './topics.ts';

/** Half of the time after which providers cut a connection that is silent. */
const KEEP_ALIVE_MS = 15_000;

export interface RoomsOptions {
  readonly bus: Bus;
  /** Returns the document of a session. Called when the first connection joins. */
  openLog(sessionId: string): DocumentLog;
  /** Takes an unforeseen error, and that the database is away. */
  report(error: unknown): void;
}

/** The documents to which this instance has connections, by the session's id. */
export class DocumentRooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, DocumentRoom>();
  readonly #keepAlive = new StaggeredInterval<DocumentRoom>(KEEP_ALIVE_MS, (room) => room.keepAlive());

  constructor(options: RoomsOptions) {
    this.#options = options;
    const { bus } = options;
    bus.subscribe(awarenessChanged, ({ sessionId, states }) => {
      this.#rooms.get(sessionId)?.receiveAwareness(states);
    });
    bus.subscribe(awarenessAsked, ({ sessionIds }) => {
      for (const id of sessionIds) this.#tellOthers(id);
    });
    bus.onGap(() => this.#askOthers([...this.#rooms.keys()]));
  }

  /** Lets a connection take part in the document of a session. */
  join({ sessionId }: Permit<'READ'>, connection: DocumentConnection): Participant {
    return (this.#rooms.get(sessionId) ?? this.#open(sessionId)).join(connection);
  }

  /** Whether somebody is connected to the document of a session. */
  has(sessionId: string): boolean {
    return this.#rooms.has(sessionId);
  }

  /** Sends an update to the connections of a document. Call it for each committed one, in the order of the log. */
  deliver(sessionId: string, update: Uint8Array): void {
    this.#rooms.get(sessionId)?.deliver(update);
  }

  /** Closes the connections to the document of a session. */
  end(sessionId: string, error: CloseError): void {
    this.#rooms.get(sessionId)?.close(error);
  }

  /** Closes the connections of a user who has left the session. */
  userLeft(sessionId: string, userId: string): void {
    this.#rooms.get(sessionId)?.userLeft(userId);
  }

  /** Says that the status or the locks of a session have changed: others may edit now. */
  rightsChanged(session: SessionFacts): void {
    this.#rooms.get(session.id)?.rightsChanged(session);
  }

  close(): void {
    this.#keepAlive.close();
  }

  #open(sessionId: string): DocumentRoom {
    const { openLog, report, bus } = this.#options;
    const log = openLog(sessionId);
    const room = new DocumentRoom({
      log,
      onAwareness: (states) => bus.publish(awarenessChanged, { sessionId, states: [...states] }),
      onEmpty: () => {
        this.#rooms.delete(sessionId);
        stopKeepingAlive();
        log.close();
      },
      report,
    });
    this.#rooms.set(sessionId, room);
    const stopKeepingAlive = this.#keepAlive.add(room);
    this.#askOthers([sessionId]);
    log.opened.catch((error: unknown) => room.close(toCloseError(error, report)));
    return room;
  }

  #askOthers(sessionIds: string[]): void {
    if (sessionIds.length > 0) this.#options.bus.publish(awarenessAsked, { sessionIds });
  }

  #tellOthers(sessionId: string): void {
    const states = [...(this.#rooms.get(sessionId)?.awareness ?? [])];
    if (states.length > 0) this.#options.bus.publish(awarenessChanged, { sessionId, states });
  }
}
