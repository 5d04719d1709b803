import { decideOutside } from '../access/decide.ts';
import type { AppContext, CommandContext } from '../app.ts';
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

const Protection = builder.objectRef<AppContext['sandbox']['protections'][number]>('Protection').implement({
  description: 'One way in which programs are kept from harm.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: '`namespaces`, `filter` (of system calls), `memory`, `processes`, `network` or `user`.',
    }),
    mechanism: t.exposeString('mechanism', {
      nullable: true,
      description: 'What does it on this host; null when nothing does.',
    }),
  }),
});

/** Returns what is not for everybody where access is closed. */
function forOperators<Value>({ caller }: CommandContext, value: Value): Value {
  decideOutside(caller, 'READ_METRICS');
  return value;
}

const Health = builder.objectRef<ReturnType<typeof readHealth>>('Health').implement({
  description: 'Whether the server works, and on what.',
  fields: (t) => ({
    status: t.exposeString('status', { description: '`ok`.' }),
    timestamp: t.expose('timestamp', { type: 'DateTime', description: 'The server’s clock.' }),
    version: t.exposeString('version', { description: 'The version of the server.' }),
    database: t.string({
      description: 'What holds the data: `sqlite` or `postgresql`.',
      resolve: ({ database }, _args, context) => forOperators(context, database),
    }),
    sandbox: t.string({
      description: 'What stands around programs: `bubblewrap`, `embedded`.',
      resolve: ({ sandbox }, _args, context) => forOperators(context, sandbox),
    }),
    live: t.field({
      type: LiveGauges,
      description: 'What clients hold of this instance.',
      resolve: (_health, _args, context) => forOperators(context, readGauges(context.app)),
    }),
    protections: t.field({
      type: [Protection],
      description: 'How programs are kept from harm on this host.',
      resolve: ({ protections }, _args, context) => forOperators(context, protections),
    }),
  }),
});

builder.queryField('health', (t) =>
  t.field({
    type: Health,
    description: 'Whether the server works.',
    resolve: (_root, _args, { app }) => readHealth(app),
  }),
);
