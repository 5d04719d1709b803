import { rowReaders } from './text-dates.ts';

/** Returns the statement that inserts a row with these columns. */
export function insert(table: string, columns: string): string {
  const names = columns.split(' ');
  return `INSERT INTO "${table}" (${names.map((name) => `"${name}"`)}) VALUES (${names.map((name) => `@${name}`)})`;
}

/** Returns the row with dates as Prisma writes them. */
export function toRow(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Date ? value.toISOString().replace('Z', '+00:00') : value,
    ]),
  );
}

/** Prisma writes dates as text with their offset. */
export const { toSession, toEvent } = rowReaders((text) => new Date(text));
