import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Vite would load graphql's ES module beside the CommonJS one that Node gives every other package.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
