import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import Database from 'libsql';

/**
 * Takes the right to write the database file at `path`, whose folder is created, or throws an error with code
 * SQLITE_BUSY that names the process that has it. The lock is a write transaction on a database file of its own, so
 * the system ends it when the process dies. Returns what gives it back.
 */
export function holdLock(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const owner = `${path}-owner`;
  const lock = new Database(`${path}-lock`);
  try {
    lock.exec('BEGIN IMMEDIATE');
    writeFileSync(owner, `process ${process.pid} on ${hostname()} since ${new Date().toISOString()}\n`);
  } catch (error) {
    lock.close();
    throw isBusy(error) ? inUse(owner) : error;
  }
  return () => {
    rmSync(owner, { force: true });
    lock.exec('ROLLBACK');
    lock.close();
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

function inUse(owner: string): Error {
  return Object.assign(new Error(`in use by ${readOwner(owner)}`), { code: 'SQLITE_BUSY' });
}

function readOwner(owner: string): string {
  try {
    return readFileSync(owner, 'utf8').trim();
  } catch {
    return 'another process';
  }
}
