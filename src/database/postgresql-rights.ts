import type pg from 'pg';
import { z } from 'zod';

const rights = z.tuple([
  z.object({
    role: z.string(),
    database: z.string(),
    schema: z.string().nullable(),
    mayCreate: z.boolean().nullable(),
    hasPublic: z.boolean(),
  }),
]);

const RIGHTS = `SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database,
  quote_ident(current_schema()) AS schema, has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate",
  to_regnamespace('public') IS NOT NULL AS "hasPublic"`;

/** Returns the SQL that gives the role of the connection what it needs to create tables; null when it has it. */
async function missingGrant(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query(RIGHTS);
  const [{ role, database, schema, mayCreate, hasPublic }] = rights.parse(rows);
  if (mayCreate) return null;
  if (schema !== null) return `GRANT CREATE ON SCHEMA ${schema} TO ${role}`;
  if (hasPublic) return `GRANT USAGE, CREATE ON SCHEMA public TO ${role}`;
  return `GRANT CREATE ON DATABASE ${database} TO ${role}`;
}

/** Insufficient privilege, and no schema to create in, which is how a schema looks that may not be used. */
const NO_RIGHT = new Set(['42501', '3F000']);

/** Returns the error; where the role of the connection lacks a right, one that says which and how it is given. */
export async function explainMissingRight(client: pg.Client, error: unknown): Promise<unknown> {
  const hasNoRight = error instanceof Error && 'code' in error && NO_RIGHT.has(String(error.code));
  if (!hasNoRight) return error;
  const grant = await missingGrant(client);
  const advice = grant ?? 'the role needs to own the tables of this server';
  return new Error(`${error.message}; what is missing: ${advice}`, { cause: error });
}
