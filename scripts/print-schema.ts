import { writeFileSync } from 'node:fs';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../src/schema.ts';

/** Returns the schema that the code builds as SDL, sorted. */
export function printSortedSchema(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** `npm run schema`: writes it into `schema.graphql`. */
if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('../schema.graphql', import.meta.url), printSortedSchema());
}
