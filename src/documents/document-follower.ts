import type { z } from 'zod';
import { SYSTEM } from '../access/caller.ts';
import type { AppContext } from '../app.ts';
import { AppError } from '../errors.ts';
import { SessionDeleted } from '../events/deleted.ts';
import { NO_UPDATE } from '../events/edits.ts';
import { isEventOf, type SessionEvent } from '../events/event.ts';
import { SessionUpdated } from '../events/session-events.ts';
import { followEvents } from '../events/stream.ts';
import { pump, type Source } from '../streams/source.ts';
import { leaverOf } from '../users/service.ts';
import { CloseCode, CloseError } from './close-error.ts';

export interface FollowerOptions {
  readonly sessionId: string;
  readonly epoch: number;
  /** Turns CRLF and CR of the text into LF. */
  toLineFeeds(): Promise<void>;
}

/** Tells the connections to a document what happens in the log of its session, here and on other instances. */
export class DocumentFollower {
  readonly #app: AppContext;
  readonly #options: FollowerOptions;
  #source: Source<SessionEvent> | undefined;

  constructor(app: AppContext, options: FollowerOptions) {
    this.#app = app;
    this.#options = options;
  }

  /** Follows the log after an event. */
  async start(seq: number): Promise<void> {
    const { sessionId } = this.#options;
    const permit = await this.#app.sessions.permit(SYSTEM, 'READ', sessionId);
    this.#source = await followEvents(this.#app, permit, seq);
    pump(this.#source, (event) => this.#take(event)).catch((error: unknown) => {
      if (!(error instanceof AppError)) this.#app.log.error({ err: error }, 'A document is followed no more');
      this.#end(new CloseError(CloseCode.TRY_LATER, 'Come back later'));
    });
  }

  close(): void {
    this.#source?.close();
  }

  #take(event: SessionEvent): undefined {
    const { sessionId } = this.#options;
    const { sessions, documents } = this.#app;
    sessions.advance(event);
    documents.of(sessionId).apply(event.seq, isEventOf(SessionUpdated, event) ? event.data.edits : []);
    if (isEventOf(SessionUpdated, event)) this.#update(event.data);
    const leaver = leaverOf(event);
    if (leaver !== null) this.#app.rooms.userLeft(sessionId, leaver);
    if (isEventOf(SessionDeleted, event)) {
      this.#end(new CloseError(CloseCode.NO_SESSION, 'The session was deleted'));
    }
  }

  #update({ session, changed, edits }: z.output<typeof SessionUpdated.data>): void {
    const { sessionId, epoch } = this.#options;
    const { rooms, background, log } = this.#app;
    if (session.epoch > epoch) {
      this.#end(new CloseError(CloseCode.RESET, 'The document has begun again'));
      return;
    }
    if (changed.some((field) => field !== 'code' && field !== 'language')) rooms.rightsChanged(session);
    for (const { update } of edits) {
      if (update !== NO_UPDATE) rooms.deliver(sessionId, Buffer.from(update, 'base64'));
    }
    if (!edits.some(({ changes }) => changes.some(({ insert }) => insert.includes('\r')))) return;
    background.waitUntil(
      this.#options.toLineFeeds().catch((err: unknown) => log.warn({ err }, 'A document keeps its CR')),
    );
  }

  #end(error: CloseError): void {
    this.#app.rooms.end(this.#options.sessionId, error);
  }
}
