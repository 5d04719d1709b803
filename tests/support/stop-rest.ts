import { afterAll } from 'vitest';
import { stopRest } from './cleanup.ts';

// Setup files come first and their `afterAll` last: after the hooks of the test file itself.
afterAll(stopRest);
