import graphqlEslint from '@graphql-eslint/eslint-plugin';

const { configs, parser } = graphqlEslint;

/** For the GraphQL schema alone: Biome lints everything else. */
export default [
  {
    files: ['schema.graphql'],
    plugins: { '@graphql-eslint': graphqlEslint },
    languageOptions: { parser, parserOptions: { graphQLConfig: { schema: 'schema.graphql' } } },
    rules: {
      ...configs['flat/schema-recommended'].rules,
      ...configs['flat/schema-relay'].rules,
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
        },
      ],
      // What is stored by itself has an id; answers, errors, pages and events are known by where they stand.
      '@graphql-eslint/strict-id-in-types': [
        'error',
        {
          exceptions: {
            suffixes: ['Payload', 'Error', 'Connection', 'Edge', 'Info'],
            types: [
              'Health',
              'LiveGauges',
              'Package',
              'Actor',
              'Viewer',
              'SessionPresence',
              'UserPresence',
              'SessionCreated',
              'SessionUpdated',
              'SessionDeleted',
              'UserJoined',
              'UserLeft',
              'RoleChanged',
              'ExecutionStarted',
              'ExecutionFinished',
              'ExecutionOutput',
              'Protection',
              'CodeEdit',
              'Document',
              'DocumentUpdate',
              'TextChange',
            ],
          },
        },
      ],
      // There is no `node(id:)`: an id is the key of one type. Lists that cannot grow are plain lists.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      // Takes no exceptions, and `Execution.executionTime` has the name that REST gave it.
      '@graphql-eslint/no-typename-prefix': 'off',
    },
  },
];
