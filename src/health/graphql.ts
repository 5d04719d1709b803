import { builder } from '../graphql/builder.ts';
import { readHealth } from './service.ts';

const Health = builder.objectRef<ReturnType<typeof readHealth>>('Health').implement({
  description: 'Whether the server works, and on what.',
  fields: (t) => ({
    status: t.exposeString('status', { description: '`ok`.' }),
    timestamp: t.expose('timestamp', { type: 'DateTime', description: 'The server’s clock.' }),
    version: t.exposeString('version', { description: 'The version of the server.' }),
    database: t.exposeString('database', { description: 'What holds the data: `sqlite` or `postgresql`.' }),
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
