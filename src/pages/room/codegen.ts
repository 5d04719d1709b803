import type { CodegenConfig } from '@graphql-codegen/cli';

/** The types of the page's operations, checked against the schema. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/pages/room/**/*.graphql'],
  generates: {
    'src/pages/room/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { enumsAsTypes: true, useTypeImports: true, scalars: { DateTime: 'string', ID: 'string' } },
    },
  },
  importExtension: '.ts',
};

export default config;
