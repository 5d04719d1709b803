import type { Client } from 'urql';
import { LogDocument, type LogQuery } from '../generated/graphql.ts';
import { codeOf } from '../shared/api.ts';
import { texts } from '../shared/texts.ts';
import type { LogEvent } from './timeline.ts';

/** Returns the events of a session so far, or why there are none to see. */
export async function loadLog(
  client: Client,
  id: string,
): Promise<readonly LogEvent[] | 'missing' | 'uninvited'> {
  const events: LogEvent[] = [];
  let after: string | null = null;
  for (;;) {
    const session: LogQuery['session'] | 'uninvited' = await loadPage(client, id, after);
    if (session === 'uninvited') return session;
    if (!session) return 'missing';
    events.push(...session.events.edges.map(({ node }) => node));
    if (!session.events.pageInfo.hasNextPage) return events;
    after = session.events.pageInfo.endCursor;
  }
}

/** The program of each event is a lot of text, and asked for only where an event does not say what changed. */
async function loadPage(
  client: Client,
  id: string,
  after: string | null,
  withCode = false,
): Promise<LogQuery['session'] | 'uninvited'> {
  const { data, error } = await client.query(LogDocument, { id, after, withCode });
  if (codeOf(error) === 'UNAUTHENTICATED') return 'uninvited';
  if (!data) throw new Error(texts.errors.network);
  const isComplete = withCode || !data.session?.events.edges.some(({ node }) => lacksEdits(node));
  return isComplete ? data.session : loadPage(client, id, after, true);
}

function lacksEdits(event: LogEvent): boolean {
  return event.__typename === 'SessionUpdated' && event.changed.includes('CODE') && event.edits.length === 0;
}
