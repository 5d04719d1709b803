import { parentPort, workerData } from 'node:worker_threads';
import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { openSqlite, type SqliteFunctions, type SqliteOptions } from './sqlite-functions.ts';
import type { Failure, Reply, Request } from './sqlite-messages.ts';

if (!parentPort) throw new Error('sqlite-thread is the entry of a worker thread');
const port = parentPort;
const options: SqliteOptions = workerData;

const waiting: Request[] = [];
let busy = false;
let functions: SqliteFunctions | undefined;
/** The transaction of Prisma that is open. Until its end nothing else uses the connection. */
let open: number | undefined;

port.on('message', (request: Request) => {
  waiting.push(request);
  if (!busy) void serve();
});

async function serve(): Promise<void> {
  busy = true;
  for (let request = take(); request; request = take()) {
    port.postMessage(await answer(request));
    if (request.name === 'close') port.close();
  }
  busy = false;
}

/** Removes the first waiting request that may run now, and returns it. */
function take(): Request | undefined {
  const index = open === undefined ? 0 : waiting.findIndex(mayRunInTransaction);
  return waiting.splice(index < 0 ? waiting.length : index, 1)[0];
}

/** A start reads tables of the original server while it writes: `selectRows` never waits. */
function mayRunInTransaction({ name, transaction }: Request): boolean {
  return transaction === open || name === 'selectRows' || name === 'close';
}

async function answer(request: Request): Promise<Reply | { id: number; value: unknown }> {
  try {
    return { id: request.id, value: await run(request) };
  } catch (error) {
    return { id: request.id, failure: toFailure(error) };
  }
}

async function run({ name, args, transaction }: Request): Promise<unknown> {
  if (name === 'close' && !functions) return;
  functions ??= await openSqlite(options);
  const call: (...args: never[]) => unknown = functions[name];
  if (name === 'beginTransaction') {
    await call(...args);
    open = transaction;
    return;
  }
  // It would be stored by itself.
  if (transaction !== undefined && transaction !== open) throw new Error('The transaction has ended');
  try {
    return await call(...args);
  } finally {
    if (name === 'commitTransaction' || name === 'rollbackTransaction') open = undefined;
  }
}

function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  const code = 'code' in error ? String(error.code) : undefined;
  const driverError = isDriverAdapterError(error) ? error.cause : undefined;
  return { message, stack, code, driverError };
}
