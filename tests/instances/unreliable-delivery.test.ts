import { expect, onTestFinished, test } from 'vitest';
import type { SessionEvent } from '../../src/events/event.ts';
import type { Entry } from '../../src/streams/log.ts';
import { graphql } from '../generated/gql.ts';
import { clientsOf } from '../support/api-clients.ts';
import { newDatabase } from '../support/database.ts';
import { seededRandom } from '../support/random.ts';
import { startTestServer } from '../support/server.ts';
import { subscribe, TRANSPORTS } from '../support/subscribe.ts';

const Follow = graphql(`
  subscription FollowUnreliable($id: ID!, $after: Int) {
    sessionEvents(sessionId: $id, after: $after) { seq ... on SessionUpdated { session { code } } }
  }
`);

const CHANGES = 80;

test.each([1, 2, 3])(
  'whatever delivery loses, repeats and disorders (seed %d), the log makes good',
  async (seed) => {
    const { url, remove } = await newDatabase();
    const settings = { DATABASE_URL: url };
    // Without a bus the reader hears of the writer's changes only what this test passes on.
    const [writer, reader] = await Promise.all([startTestServer(settings), startTestServer(settings)]);
    onTestFinished(async () => {
      await Promise.all([writer.close(), reader.close()]);
      await remove();
    });
    const { REST } = clientsOf(writer);
    const id = (await REST.createSession({ code: '1' })).value?.id ?? '';
    const entries: Entry<SessionEvent>[] = [];
    writer.app.events.broadcaster.listen(id, { onEntry: (entry) => entries.push(entry) });
    const streams = TRANSPORTS.map((transport) =>
      subscribe(transport, reader.graphql, Follow, { id, after: 0 }),
    );
    for (const { stop } of streams) onTestFinished(stop);
    await expect.poll(() => reader.app.connections.subscriptions).toBe(streams.length);

    const random = seededRandom(seed);
    for (let seq = 2; seq <= CHANGES + 1; seq += 1) {
      await REST.updateSession(id, { code: `${seq}` });
      // Half are lost; what comes is any of the latest ten, perhaps again.
      const entry = entries[Math.max(0, entries.length - 1 - Math.floor(random() * 10))];
      if (entry && random() < 0.5) reader.app.events.broadcaster.publish(id, entry);
    }
    const last = entries.at(-1);
    if (last) reader.app.events.broadcaster.publish(id, last);

    const log = Array.from({ length: CHANGES + 1 }, (_, n) => n + 1);
    for (const stream of streams) {
      const seen: number[] = [];
      while (seen.length < log.length) seen.push((await stream.data()).sessionEvents.seq);
      expect(seen).toEqual(log);
    }
  },
);
