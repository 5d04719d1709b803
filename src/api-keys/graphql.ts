import { scopesOf } from '../access/api-keys.ts';
import type { ApiKey } from '../database/generated/client.ts';
import { ApiKeyNotFoundError, InvalidInputError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { parseInput } from '../validation.ts';
import { createApiKeyInput } from './model.ts';
import { apiKeys, createApiKey, revokeApiKey } from './service.ts';

/** What an API key may be good for. */
export const ScopeEnum = builder.enumType('Scope', {
  description: 'What an API key may be used for.',
  values: {
    SESSIONS: { value: 'SESSIONS', description: 'To create sessions, and everything in them.' },
    EXECUTE: { value: 'EXECUTE', description: 'To run programs outside of sessions.' },
    METRICS: { value: 'METRICS', description: 'To read the metrics and the whole health of the server.' },
    ADMIN: {
      value: 'ADMIN',
      description: 'To manage API keys, and to own the sessions and executions of every key.',
    },
  } as const,
});

const ApiKeyObject = builder.objectRef<ApiKey>('ApiKey').implement({
  description: 'A key with which a program calls this server.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Sixteen characters of `0-9a-z`. It is no secret.' }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What it may be used for.',
      resolve: (key) => scopesOf(key),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ends by itself; null for never.',
    }),
  }),
});

builder.queryField('apiKeys', (t) =>
  t.field({
    type: [ApiKeyObject],
    description: 'The API keys that are not revoked, the oldest first; for the scope ADMIN alone.',
    resolve: (_root, _args, context) => apiKeys(context),
  }),
);

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: builder.objectRef<{ apiKey: ApiKey; token: string }>('CreateApiKeyPayload').implement({
      description: 'The key was made.',
      fields: (f) => ({
        apiKey: f.field({ type: ApiKeyObject, description: 'The key.', resolve: ({ apiKey }) => apiKey }),
        token: f.exposeString('token', { description: 'What the program shows. It is shown this once.' }),
      }),
    }),
    description: 'Makes an API key; for the scope ADMIN alone.',
    errors: { types: [InvalidInputError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('CreateApiKeyInput', {
          description: 'What the key is for.',
          fields: (f) => ({
            name: f.string({ required: true, description: 'What it is called, at most 100 characters.' }),
            scopes: f.field({ type: [ScopeEnum], required: true, description: 'What it may be used for.' }),
            expiresAt: f.field({
              type: 'DateTime',
              description: 'When it ends by itself; never when left out.',
            }),
          }),
        }),
        description: 'What the key is for.',
      }),
    },
    resolve: (_root, { input }, context) => createApiKey(context, parseInput(createApiKeyInput, input)),
  }),
);

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: builder.objectRef<{ apiKey: ApiKey }>('RevokeApiKeyPayload').implement({
      description: 'The key is good for nothing any more.',
      fields: (f) => ({
        apiKey: f.field({ type: ApiKeyObject, description: 'As it was.', resolve: ({ apiKey }) => apiKey }),
      }),
    }),
    description: 'Revokes an API key, and ends what is live of it; for the scope ADMIN alone.',
    errors: { types: [ApiKeyNotFoundError] },
    args: {
      input: t.arg({
        required: true,
        type: builder.inputType('RevokeApiKeyInput', {
          description: 'Which key to revoke.',
          fields: (f) => ({ id: f.id({ required: true, description: 'The id of the key.' }) }),
        }),
        description: 'Which key to revoke.',
      }),
    },
    resolve: async (_root, { input: { id } }, context) => ({ apiKey: await revokeApiKey(context, id) }),
  }),
);
