import { builder } from '../graphql/builder.ts';
import { readGauges, readHealth } from './service.ts';

const LiveGauges = builder.objectRef<ReturnType<typeof readGauges>>('LiveGauges').implement({
  description: 'What clients hold of the instance that answers; `/metrics` has the same.',
  fields: (t) => ({
    webSockets: t.exposeInt('webSockets', { description: 'Open WebSockets.' }),
    eventStreams: t.exposeInt('eventStreams', { description: 'Open streams of Server-Sent Events.' }),
    subscriptions: t.exposeInt('subscriptions', { description: 'Subscriptions that run over them.' }),
    listeners: t.exposeInt('listeners', { description: 'Listeners for the events of sessions.' }),
  }),
});

const Health = builder.objectRef<ReturnType<typeof readHealth>>('Health').implement({
  description: 'Whether the server works, and on what.',
  fields: (t) => ({
    status: t.exposeString('status', { description: '`ok`.' }),
    timestamp: t.expose('timestamp', { type: 'DateTime', description: 'The server’s clock.' }),
    version: t.exposeString('version', { description: 'The version of the server.' }),
    database: t.exposeString('database', { description: 'What holds the data: `sqlite`.' }),
    live: t.field({
      type: LiveGauges,
      description: 'What clients hold of this instance.',
      resolve: (_health, _args, { app }) => readGauges(app),
    }),
    sandbox: t.exposeString('sandbox', { description: 'What stands around programs: `embedded`.' }),
  }),
});

builder.queryField('health', (t) =>
  t.field({
    type: Health,
    description: 'Whether the server works.',
    resolve: (_root, _args, { app }) => readHealth(app),
  }),
);
