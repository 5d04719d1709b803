import { z } from 'zod';
import { editSchema } from '../text/text-change.ts';
import { storableText } from '../validation.ts';

const MAX_ID_LENGTH = 100;

/** Names an edit to its client. */
const editId = storableText
  .min(1)
  .refine((id) => id.length <= MAX_ID_LENGTH, { error: `must be at most ${MAX_ID_LENGTH} characters` });

/** An edit of a client without Yjs. */
export const editInput = z.object({
  userId: z.string().nullish().describe('Who edits; left out for nobody in particular'),
  id: editId.describe('Made up by the client, new for each edit: sent again with it, the edit is made once'),
  base: z.int().describe('The `seq` of the text that the positions mean'),
  changes: editSchema,
});
export type EditInput = z.output<typeof editInput>;
