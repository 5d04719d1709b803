import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { printSortedSchema } from '../../scripts/print-schema.ts';

const sdl = await readFile('schema.graphql', 'utf8');

test('schema.graphql is what the code builds', () => {
  expect(printSortedSchema()).toBe(sdl);
});
