import type { SessionFacts } from '../access/decide.ts';
import { Throttle } from '../streams/throttle.ts';
import { Awareness, type RemoteState } from './awareness.ts';
import { CloseCode, CloseError } from './close-error.ts';
import { type DocumentConnection, type DocumentLog, Participant } from './participant.ts';
import { encodeMessage } from './protocols/messages.ts';

/** The least time between two awareness messages to one connection: twenty a second. */
const AWARENESS_MS = 50;

/** Changes nothing. Both providers cut a connection over which they read no message for 30 seconds. */
const NO_STATES = encodeMessage({ type: 'awareness', states: [] });

export interface RoomOptions {
  readonly log: DocumentLog;
  /** Called with what the connections here show, when it changes. */
  onAwareness(states: readonly RemoteState[]): void;
  /** Called when the last participant has left. */
  onEmpty(): void;
  /** Takes an unforeseen error, and that the database is away. */
  report(error: unknown): void;
}

/** The connections of this instance to one document. */
export class DocumentRoom {
  readonly #options: RoomOptions;
  readonly #awareness = new Awareness();
  readonly #participants = new Set<Participant>();
  /** The session as it was told last. Without its users: those who join later are not among them. */
  #session: Omit<SessionFacts, 'users'> | null = null;
  readonly #awarenessTold = new Throttle(AWARENESS_MS, () => this.#tellAwareness());

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Lets a connection take part, and tells it what the others show. */
  join(connection: DocumentConnection): Participant {
    const participant = new Participant(connection, {
      log: this.#options.log,
      awareness: this.#awareness,
      tellAwareness: () => this.#awarenessTold.call(),
      remove: (left) => this.#remove(left),
      report: this.#options.report,
    });
    this.#participants.add(participant);
    // The session may have changed since the connection was admitted.
    if (this.#session) participant.rightsChanged(this.#session);
    participant.tellAwareness();
    return participant;
  }

  /** Sends an update that was committed, here or elsewhere, to everybody: also to its author, who knows by it that it is stored. */
  deliver(update: Uint8Array): void {
    const body = encodeMessage({ type: 'update', update });
    for (const { connection } of this.#participants) connection.send(body);
  }

  /** Closes all connections. */
  close(error: CloseError): void {
    for (const participant of this.#participants) participant.close(error);
  }

  /** Closes the connections of a user who has left, whose tokens have ended with it. */
  userLeft(userId: string): void {
    for (const participant of this.#participants) {
      const { user, caller } = participant.connection;
      if (user?.id !== userId) continue;
      const hasToken = caller.identity.kind !== 'ANONYMOUS';
      const code = hasToken ? CloseCode.UNAUTHENTICATED : CloseCode.FORBIDDEN;
      participant.close(new CloseError(code, 'The user has left'));
    }
  }

  /** Tells the connections of this session what they may do now. */
  rightsChanged(session: SessionFacts): void {
    const { users: _, ...facts } = session;
    this.#session = facts;
    for (const participant of this.#participants) participant.rightsChanged(session);
  }

  /** Takes what the connections of another instance show. */
  receiveAwareness(states: readonly RemoteState[]): void {
    if (this.#awareness.receiveRemote(states)) this.#awarenessTold.call();
  }

  /** What the connections here show. */
  get awareness(): readonly RemoteState[] {
    return this.#awareness.localStates();
  }

  /** To be called every 15 seconds: keeps the connections alive, and forgets what was not renewed. */
  keepAlive(): void {
    if (this.#awareness.expire()) this.#awarenessTold.call();
    for (const { connection } of this.#participants) connection.send(NO_STATES);
  }

  #remove(participant: Participant): void {
    this.#participants.delete(participant);
    if (this.#awareness.drop(participant.connection)) this.#awarenessTold.call();
    if (this.#participants.size > 0) return;
    // Nobody is left to be told by the next one, but other instances are.
    this.#tellAwareness();
    this.#awarenessTold.close();
    this.#options.onEmpty();
  }

  #tellAwareness(): void {
    const { clients, owners, states } = this.#awareness.takeChanges();
    if (clients.size === 0) return;
    const encodeFor = (owner: DocumentConnection | null) =>
      encodeMessage({ type: 'awareness', states: this.#awareness.statesFor(owner, clients) });
    const body = encodeFor(null);
    for (const { connection } of this.#participants) {
      connection.send(owners.has(connection) ? encodeFor(connection) : body);
    }
    if (states.length > 0) this.#options.onAwareness(states);
  }
}
