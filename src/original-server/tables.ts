import { z } from 'zod';
import { Prisma } from '../database/generated/client.ts';
import type { MigrationConnection } from '../database/provider.ts';
import type { Provider } from '../database/url.ts';

/** What may be a table of the original server, and the names that each of its columns may have. */
interface TableShape {
  readonly name: RegExp;
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

const SESSIONS: TableShape = {
  name: /sessions?$/i,
  columns: {
    id: ['id'],
    code: ['code'],
    language: ['language'],
    status: ['status'],
    createdAt: ['created_at', 'createdAt'],
  },
};

const USERS: TableShape = {
  name: /(user|participant)s?$/i,
  columns: {
    id: ['id'],
    sessionId: ['session_id', 'sessionId'],
    name: ['name'],
    color: ['color'],
    joinedAt: ['joined_at', 'joinedAt'],
  },
};

const COLUMNS: Record<Provider, string> = {
  sqlite: `SELECT tables.name AS "table", columns.name AS "column"
    FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns WHERE tables.type = 'table'`,
  postgresql: `SELECT relname AS "table", attname AS "column" FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND nspname = ANY (current_schemas(false)) AND attnum > 0 AND NOT attisdropped`,
};

const columnRows = z.array(z.object({ table: z.string(), column: z.string() }));
const textRows = z.array(z.record(z.string(), z.string().nullable()));
const counts = z.tuple([z.object({ count: z.coerce.number() })]);

/** A row, every value as text. */
export type TextRow = Readonly<Record<string, string | null>>;

/** The tables of the original server. */
export interface OriginalTables {
  readonly sessions: OriginalTable;
  readonly users: OriginalTable | undefined;
}

/** Finds the tables of the original server by their names and columns; null when there are none. */
export async function findOriginalTables(
  provider: Provider,
  connection: MigrationConnection,
): Promise<OriginalTables | null> {
  const tables = new Map<string, string[]>();
  for (const { table, column } of columnRows.parse(await connection.query(COLUMNS[provider]))) {
    tables.set(table, [...(tables.get(table) ?? []), column]);
  }
  for (const own of Object.keys(Prisma.ModelName)) tables.delete(own);
  const find = (shape: TableShape) => findTable(connection, tables, shape);
  const sessions = find(SESSIONS);
  return sessions ? { sessions, users: find(USERS) } : null;
}

function findTable(
  connection: MigrationConnection,
  tables: ReadonlyMap<string, readonly string[]>,
  shape: TableShape,
): OriginalTable | undefined {
  // The plain name before longer ones.
  const byLength = [...tables].sort(([a], [b]) => a.length - b.length);
  for (const [table, present] of byLength) {
    if (!shape.name.test(table)) continue;
    const columns = Object.entries(shape.columns).map(([field, names]) => {
      return { field, column: names.find((name) => present.includes(name)) };
    });
    const known = columns.flatMap(({ field, column }) => (column ? [{ field, column }] : []));
    if (known.length === columns.length) return new OriginalTable(connection, table, known);
  }
}

export class OriginalTable {
  readonly name: string;
  readonly #connection: MigrationConnection;
  readonly #columns: readonly { field: string; column: string }[];

  constructor(
    connection: MigrationConnection,
    name: string,
    columns: readonly { field: string; column: string }[],
  ) {
    this.#connection = connection;
    this.name = name;
    this.#columns = columns;
  }

  async count(): Promise<number> {
    const [{ count }] = counts.parse(
      await this.#connection.query(`SELECT count(*) AS count FROM ${quote(this.name)}`),
    );
    return count;
  }

  /** Returns at most `limit` rows in the order of their ids, after the one with the id `after`. */
  readPage(after: string | null, limit: number): Promise<TextRow[]> {
    const where = after === null ? '' : `WHERE ${this.#column('id')} > $1`;
    return this.#read(
      `${where} ORDER BY ${this.#column('id')} LIMIT ${limit}`,
      after === null ? [] : [after],
    );
  }

  /** Returns the rows whose field has one of these values. */
  readWhere(field: string, values: readonly string[]): Promise<TextRow[]> {
    const places = values.map((_, index) => `$${index + 1}`);
    return this.#read(`WHERE ${this.#column(field)} IN (${places})`, values);
  }

  /** As text, both databases give numbers of any size and dates as they are. */
  async #read(rest: string, values: readonly string[]): Promise<TextRow[]> {
    const fields = this.#columns.map(
      ({ field }) => `CAST(${this.#column(field)} AS TEXT) AS ${quote(field)}`,
    );
    return textRows.parse(
      await this.#connection.query(`SELECT ${fields} FROM ${quote(this.name)} ${rest}`, values),
    );
  }

  #column(field: string): string {
    const known = this.#columns.find((column) => column.field === field);
    // Without the table it would be the text that is read.
    return `${quote(this.name)}.${quote(known?.column ?? field)}`;
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
