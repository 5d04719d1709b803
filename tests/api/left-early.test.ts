import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { SYSTEM } from '../../src/access/caller.ts';
import { createSession } from '../../src/sessions/service.ts';
import { startTestServer } from '../support/server.ts';

const CLIENTS = 150;
const PATHS: Record<string, (id: string) => string> = {
  GraphQL: (id) =>
    `/graphql?${new URLSearchParams({ query: `subscription { sessionEvents(sessionId: "${id}") { seq } }` })}`,
  REST: (id) => `/api/v1/sessions/${id}/events`,
};

test.each(Object.entries(PATHS))(
  'nothing follows for clients of Server-Sent Events over %s that left while the stream began',
  async (_, pathOf) => {
    const server = await startTestServer();
    onTestFinished(server.close);
    const { app } = server;
    const { id } = await createSession({ app, caller: SYSTEM }, { code: '' });
    const { port, hostname } = new URL(server.url);
    for (let i = 0; i < CLIENTS; i += 1) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.write(`GET ${pathOf(id)} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`);
      await pause(i % 3);
      socket.destroy();
      await pause(i % 7);
    }
    const left = () => [
      app.events.broadcaster.listenerCount,
      app.connections.subscriptions,
      app.connections.count('sse'),
    ];
    await expect.poll(left).toEqual([0, 0, 0]);
  },
);

test.each(Object.values(PATHS))(
  'of several streams that are asked for over one connection at once there is one: %#',
  async (pathOf) => {
    const server = await startTestServer();
    onTestFinished(server.close);
    const { app } = server;
    const { id } = await createSession({ app, caller: SYSTEM }, { code: '' });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET ${pathOf(id)} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`.repeat(5));
    const open = () => [app.events.broadcaster.listenerCount, app.connections.count('sse')];
    await once(socket, 'data');
    await expect.poll(open).toEqual([1, 1]);
    socket.destroy();
    await expect.poll(open).toEqual([0, 0]);
  },
);
