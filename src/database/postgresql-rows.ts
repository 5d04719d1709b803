import type pg from 'pg';
import { rowReaders } from './text-dates.ts';

/** Runs a statement that is prepared under a name. */
export type Query = <Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
) => Promise<Row[]>;

/** The columns are UTC, which their type does not say. */
export function toDate(timestamp: string): Date {
  return new Date(`${timestamp}Z`);
}

export const { toSession, toEvent } = rowReaders(toDate);
