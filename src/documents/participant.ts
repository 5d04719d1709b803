import type { Caller } from '../access/caller.ts';
import { mayAct, type SessionFacts } from '../access/decide.ts';
import { ForbiddenError } from '../errors.ts';
import type { Awareness, Owner } from './awareness.ts';
import { CloseCode, CloseError, toCloseError } from './close-error.ts';
import type { Member } from './member.ts';
import { type ClientMessage, encodeMessage } from './protocols/messages.ts';

/** The most updates of one connection that wait for their commit. */
const MAX_PENDING = 1_000;

/** An update of a client. */
export interface ClientUpdate {
  readonly update: Uint8Array;
  readonly caller: Caller;
  /** Null for who is no user of the session. */
  readonly userId: string | null;
}

/** The document of a session, as far as it is committed. */
export interface DocumentLog {
  /** Resolves when it is followed. Rejects if it cannot be: then its room must end. */
  readonly opened: Promise<unknown>;
  vector(): Promise<Uint8Array>;
  /** Returns what a document with this state vector lacks. Throws EditRefusedError. */
  missing(vector: Uint8Array): Promise<Uint8Array>;
  /**
   * Merges an update and appends it to the log. Resolves when it is durable: updates of one document in the order of
   * the calls. `incomplete`: it refers to something that the log has not, and nothing of it is kept. Throws
   * ForbiddenError where the caller may not edit now, and what ends the connection (`toCloseError`).
   */
  commit(update: ClientUpdate): Promise<'committed' | 'incomplete'>;
  /** Says that nobody is connected any more. */
  close(): void;
}

/** A connection of a client to one document, over either protocol. */
export interface DocumentConnection extends Owner {
  readonly caller: Caller;
  /** Null for a connection of no user. It edits unseen, where that is allowed. */
  readonly user: Member | null;
  /** Whether it may edit when it joins. */
  readonly canEdit: boolean;
  /** Sends a message of `encodeMessage`. */
  send(body: Uint8Array): void;
  /** Tells that an update of this connection is stored. */
  acknowledge(): void;
  /** Tells that an update is not stored, because this connection may not edit. */
  refuseEdit(): void;
  /** Tells whether it may edit from now on. */
  tellScope(canEdit: boolean): void;
  close(error: CloseError): void;
}

/** What the participants of one document share. */
export interface SharedDocument {
  readonly log: DocumentLog;
  readonly awareness: Awareness;
  /** Says that awareness has changed. */
  tellAwareness(): void;
  /** Says that a participant has left. */
  remove(participant: Participant): void;
  /** Takes an unforeseen error, and that the database is away. */
  report(error: unknown): void;
}

/** One connection in the room of a document: answers what its client says. */
export class Participant {
  readonly connection: DocumentConnection;
  readonly #shared: SharedDocument;
  #canEdit: boolean;
  #pending = 0;
  /** Whether the client was asked for what the log lacks, and has not answered. */
  #isAsked = false;
  /** Updates that the log could not take, and which are part of that answer. */
  #incomplete = 0;
  #hasLeft = false;

  constructor(connection: DocumentConnection, shared: SharedDocument) {
    this.connection = connection;
    this.#canEdit = connection.canEdit;
    this.#shared = shared;
  }

  /** Says that the status or the locks of the session have changed. */
  rightsChanged(session: SessionFacts): void {
    this.#allowEdits(mayAct(this.connection.caller, 'EDIT', session));
  }

  #allowEdits(canEdit: boolean): void {
    if (this.#hasLeft || canEdit === this.#canEdit) return;
    this.#canEdit = canEdit;
    this.connection.tellScope(canEdit);
    // What the client did while it could only read.
    if (canEdit) this.#orClose(this.#ask());
  }

  /** Takes what the client says. */
  receive(message: ClientMessage): void {
    if (this.#hasLeft) return;
    this.#orClose(this.#answer(message));
  }

  #orClose(work: Promise<void>): void {
    work.catch((error: unknown) => this.close(toCloseError(error, this.#shared.report)));
  }

  async #answer(message: ClientMessage): Promise<void> {
    switch (message.type) {
      case 'syncStep1':
        return this.#sync(message.vector);
      case 'syncStep2':
      case 'update':
        return this.#edit(message);
      case 'awareness':
        if (this.#shared.awareness.receive(this.connection, message.states)) this.#shared.tellAwareness();
        return;
      case 'queryAwareness':
        this.tellAwareness();
    }
  }

  /** Tells the client what all others show. */
  tellAwareness(): void {
    const states = this.#shared.awareness.statesFor(this.connection);
    if (states.length > 0) this.connection.send(encodeMessage({ type: 'awareness', states }));
  }

  /** Takes the connection out of the room: it has closed, or its client has left. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#shared.remove(this);
  }

  close(error: CloseError): void {
    if (this.#hasLeft) return;
    this.leave();
    this.connection.close(error);
  }

  async #sync(vector: Uint8Array): Promise<void> {
    const update = await this.#shared.log.missing(vector);
    if (this.#hasLeft) return;
    this.connection.send(encodeMessage({ type: 'syncStep2', update }));
    // Nobody asks for edits of a client that may not edit: it would send all that was ever deleted.
    if (this.#canEdit) await this.#ask();
    else this.connection.acknowledge();
  }

  /** Asks the client for what the log lacks. */
  async #ask(): Promise<void> {
    const vector = await this.#shared.log.vector();
    if (!this.#hasLeft) this.connection.send(encodeMessage({ type: 'syncStep1', vector }));
  }

  async #edit({ type, update }: Extract<ClientMessage, { update: Uint8Array }>): Promise<void> {
    const { connection } = this;
    if (!this.#canEdit) return connection.refuseEdit();
    if (this.#pending >= MAX_PENDING) throw new CloseError(CloseCode.TRY_LATER, 'Too many updates wait');
    const outcome = await this.#commit(update);
    if (this.#hasLeft) return;
    if (outcome === 'forbidden') {
      this.#allowEdits(false);
      return connection.refuseEdit();
    }
    if (outcome === 'incomplete') return this.#completeLater(type);
    connection.acknowledge();
    if (type === 'syncStep2') this.#acknowledgeIncomplete();
  }

  async #commit(update: Uint8Array): Promise<'committed' | 'incomplete' | 'forbidden'> {
    const { caller, user } = this.connection;
    this.#pending += 1;
    try {
      return await this.#shared.log.commit({ update, caller, userId: user?.id ?? null });
    } catch (error) {
      if (error instanceof ForbiddenError) return 'forbidden';
      throw error;
    } finally {
      this.#pending -= 1;
    }
  }

  /**
   * Honest updates are incomplete when an editor took edits from another tab that the server has not got yet. The
   * answer to a sync step 1 has all of them.
   */
  async #completeLater(type: 'syncStep2' | 'update'): Promise<void> {
    if (type === 'syncStep2' && this.#isAsked) {
      throw new CloseError(CloseCode.REFUSED, 'The update refers to something that does not exist');
    }
    this.#incomplete += 1;
    if (this.#isAsked) return;
    this.#isAsked = true;
    await this.#ask();
  }

  #acknowledgeIncomplete(): void {
    for (; this.#incomplete > 0; this.#incomplete--) this.connection.acknowledge();
    this.#isAsked = false;
  }
}
