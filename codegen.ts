import type { CodegenConfig } from '@graphql-codegen/cli';

const client = {
  preset: 'client' as const,
  presetConfig: { fragmentMasking: false },
  config: {
    enumsAsTypes: true,
    useTypeImports: true,
    scalars: { Base64: 'string', DateTime: 'string', ID: 'string' },
  },
};

/** `npm run codegen`: the types of the operations that are found in the documents, checked against the schema. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  importExtension: '.ts',
  generates: {
    // For Apollo Client and urql, which take operations parsed.
    'tests/clients/generated/': { ...client, documents: ['tests/clients/*.ts'] },
    'tests/clients/generated/possible-types.ts': {
      plugins: ['fragment-matcher'],
      config: { useExplicitTyping: true },
    },
    // For clients that send operations as they are.
    'tests/generated/': {
      ...client,
      // The trials are programs of candidates.
      documents: ['tests/**/*.ts', '!tests/clients/**', '!tests/generated/**', '!tests/sandbox/trials/**'],
      config: { ...client.config, documentMode: 'string' },
    },
  },
};

export default config;
