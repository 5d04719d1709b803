import { ScopeEnum } from '../api-keys/graphql.ts';
import { builder } from '../graphql/builder.ts';
import { RoleEnum } from '../users/graphql-participants.ts';
import { readViewer, type Viewer } from './service.ts';

const ViewerKind = builder.enumType('ViewerKind', {
  description: 'What somebody shows who asks.',
  values: {
    ANONYMOUS: { value: 'ANONYMOUS', description: 'No credential.' },
    API_KEY: { value: 'API_KEY', description: 'An API key.' },
    OIDC: { value: 'OIDC', description: 'A token of the operator’s OpenID provider.' },
    PARTICIPANT: { value: 'PARTICIPANT', description: 'A participant token.' },
    TICKET: { value: 'TICKET', description: 'A ticket, which a participant token asked for.' },
  } as const,
});

const ViewerObject = builder.objectRef<Viewer>('Viewer').implement({
  description: 'Who asks, and what the credential is good for.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ViewerKind, description: 'What was shown.' }),
    role: t.expose('role', {
      type: RoleEnum,
      nullable: true,
      description: 'The role of a participant in its session; null for everybody else.',
    }),
    user: t.field({
      type: 'User',
      nullable: true,
      description: 'The user that a participant is; null for everybody else.',
      resolve: ({ user }) => user,
    }),
    session: t.field({
      type: 'Session',
      nullable: true,
      description: 'The session of a participant; null for everybody else.',
      resolve: ({ session }) => session,
    }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What an API key or a token of the OpenID provider may be used for.',
      resolve: ({ scopes }) => [...scopes],
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the credential ends by itself; null for never, or before its first use.',
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerObject,
    description: 'Who asks. It needs no credential.',
    resolve: (_root, _args, context) => readViewer(context),
  }),
);
