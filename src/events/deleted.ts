import { z } from 'zod';
import { defineEvent } from './event.ts';

/** Ends a log, which is deleted with its session: this event alone is delivered and not stored. */
export const SessionDeleted = defineEvent({
  name: 'SessionDeleted',
  data: z.object({}),
  apply: () => null,
  size: () => 0,
});
