import { z } from 'zod';
import { storedEdits, toStoredEdits, withAuthor } from './edits.ts';
import { defineEvent } from './event.ts';
import { SESSION_FIELDS, storedState } from './state.ts';

/** The type of a row that holds edits of the code and not the session: it is read as SessionUpdated. */
export const CODE_EDITED = 'CodeEdited';

export const SessionCreated = defineEvent({
  name: 'SessionCreated',
  data: z.object({ session: storedState }),
  apply: (_before, { session }) => session,
  size: ({ session }) => session.code.length,
});

const allEdits = storedEdits.transform((edits) => withAuthor(edits, null));

/** `edits` are there whenever the code changed. Events before there were edits have none. */
export const SessionUpdated = defineEvent({
  name: 'SessionUpdated',
  data: z.object({ session: storedState, changed: z.array(z.enum(SESSION_FIELDS)), edits: allEdits }),
  apply: (_before, { session }) => session,
  size: ({ session }) => session.code.length,
  store: ({ session, changed, edits }, actor) => {
    // The session says itself whether the log has its text in this event: see `sessionUpdate`.
    if (session.editSize > 0) return { type: CODE_EDITED, data: toStoredEdits(edits, actor) };
    return { type: 'SessionUpdated', data: { session, changed, edits: toStoredEdits(edits, null) } };
  },
});
