import { z } from 'zod';
import { applyEdit } from '../../../src/text/text-change.ts';

const events = z.object({
  events: z.array(
    z.object({
      seq: z.int(),
      session: z.object({ code: z.string() }).optional(),
      edits: z
        .array(
          z.object({
            userId: z.string().nullable(),
            changes: z.array(z.object({ at: z.int(), delete: z.int(), insert: z.string() })),
          }),
        )
        .default([]),
    }),
  ),
});

/** What the edits of a log make of the first text. */
export interface Replay {
  readonly text: string;
  /** The numbers of events whose session has another text than the edits up to it make. */
  readonly differing: readonly number[];
  /** By the number of the event. */
  readonly texts: ReadonlyMap<number, string>;
  /** What each user deleted. */
  readonly deleted: ReadonlyMap<string | null, string>;
}

/** Reads the log of a session over REST, and replays it. */
export async function replayLog(api: string, sessionId: string): Promise<Replay> {
  const texts = new Map<number, string>();
  const deleted = new Map<string | null, string>();
  const differing: number[] = [];
  let text = '';
  for (let after = 0; ; ) {
    const response = await fetch(`${api}/sessions/${sessionId}/events?after=${after}`);
    const page = events.parse(await response.json()).events;
    if (page.length === 0) return { text, differing, texts, deleted };
    for (const { seq, session, edits } of page) {
      if (seq !== after + 1) throw new Error(`The event ${seq} follows ${after}`);
      for (const { userId, changes } of edits) {
        const gone = changes.map((change) => text.slice(change.at, change.at + change.delete)).join('');
        deleted.set(userId, (deleted.get(userId) ?? '') + gone);
        text = applyEdit(text, changes);
      }
      if (session && session.code !== text) differing.push(seq);
      texts.set(seq, text);
      after = seq;
    }
  }
}
