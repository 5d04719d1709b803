import type { AppContext } from '../app.ts';
import type { Identity } from './identity.ts';
import { keepTicket } from './tokens.ts';

/** Less than a ticket is good for without use. */
const KEEP_MS = 60_000;

/** Keeps a ticket good while a stream of it is open, and for a while after. Returns what to call when it has closed. */
export function useTicket(
  { db, log, background }: Pick<AppContext, 'db' | 'log' | 'background'>,
  identity: Identity,
): () => void {
  const id = identity.kind === 'TICKET' ? identity.ticketId : undefined;
  if (id === undefined) return () => {};
  const keep = () => {
    const kept = keepTicket(db, id).catch((err: unknown) =>
      log.warn({ err }, 'The use of a ticket is not stored'),
    );
    background.waitUntil(kept);
  };
  keep();
  const timer = setInterval(keep, KEEP_MS);
  return () => {
    clearInterval(timer);
    keep();
  };
}
