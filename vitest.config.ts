import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './tests/support/patience.ts';

const common = {
  // A test waits for several events, and a hook starts several processes.
  testTimeout: 2 * PATIENCE_MS,
  hookTimeout: 3 * PATIENCE_MS,
  expect: { poll: { timeout: PATIENCE_MS, interval: 20 } },
  setupFiles: ['tests/support/stop-rest.ts', 'tests/support/check-rest.ts'],
};

export default defineConfig({
  // Vite would load graphql's ES module beside the CommonJS one that Node gives every other package.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    // The default leaves a core idle, and the tests mostly wait for processes.
    maxWorkers: '100%',
    // The sandbox's own process is forked from the sources, which Node alone does not read.
    execArgv: ['--import', 'tsx'],
    // Each file starts servers of its own, so they may share what they import: a third of the time otherwise.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['tests/**/*.test.ts'],
          // Several instances need PostgreSQL.
          exclude: ['tests/database/{conflicts,outage*,servers}.test.ts', 'tests/instances/**'],
          globalSetup: 'tests/support/leftovers.ts',
          ...common,
        },
      },
      {
        extends: true,
        test: {
          name: 'postgresql',
          include: [
            'tests/{api,database,graphql,instances,rest}/**/*.test.ts',
            'tests/access/{actors,attacks,documents,endings,shown-again,table,unknown}.test.ts',
            'tests/live/economy.test.ts',
          ],
          // What is the same on every database is tested on SQLite alone.
          exclude: [
            'tests/database/{sqlite*,url}.test.ts',
            'tests/api/execution{,-limits,-queue,-stdin}.test.ts',
            'tests/graphql/{schema,transports}.test.ts',
          ],
          globalSetup: ['tests/support/leftovers.ts', 'tests/support/postgresql.ts'],
          ...common,
        },
      },
    ],
  },
});
