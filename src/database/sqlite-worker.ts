import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import type { SqliteFunctions, SqliteOptions } from './sqlite-functions.ts';
import type { Failure, Reply } from './sqlite-messages.ts';

/** `sqlite-thread.ts` in src/, `sqlite-thread.js` in dist/. */
const THREAD = new URL(`./sqlite-thread${extname(import.meta.url)}`, import.meta.url);

/** Where the thread is TypeScript, it has to ask for tsx itself. */
const EXEC_ARGV = THREAD.pathname.endsWith('.ts')
  ? ['--import', new URL('../../scripts/tsx.mjs', import.meta.url).href]
  : [];

type Name = keyof SqliteFunctions;
type Arguments<N extends Name> = Parameters<SqliteFunctions[N]>;
type Result<N extends Name> = Promise<Awaited<ReturnType<SqliteFunctions[N]>>>;

interface PendingCall {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** The server's side of the thread that has an SQLite database: SQLite waits for the disk, and the event loop must not. */
export class SqliteWorker {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;
  #end: Error | undefined;

  /** `onLost` is called when the thread ends unexpectedly; what is pending is rejected. */
  constructor(options: SqliteOptions, onLost: (error: Error) => void) {
    this.#worker = new Worker(THREAD, { workerData: options, execArgv: EXEC_ARGV });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    let reason: unknown = 'it exited';
    this.#worker.on('error', (error) => {
      reason = error;
    });
    this.#worker.on('exit', () => {
      const isLost = this.#end === undefined;
      this.#end ??= new Error(`The thread of the SQLite database ended: ${String(reason)}`);
      for (const { reject } of this.#pending.values()) reject(this.#end);
      this.#pending.clear();
      if (isLost) onLost(this.#end);
    });
  }

  /** Calls a function of `sqlite-functions.ts` in the thread, once no transaction of Prisma is open. */
  call<N extends Name>(name: N, ...args: Arguments<N>): Result<N> {
    return this.#send(name, args);
  }

  /** Begins a transaction, once no other one is open, and returns what calls functions inside it. */
  async begin(...args: Arguments<'beginTransaction'>) {
    this.#lastId += 1;
    const transaction = this.#lastId;
    await this.#send('beginTransaction', args, transaction);
    return <N extends Name>(name: N, ...rest: Arguments<N>): Result<N> => this.#send(name, rest, transaction);
  }

  /** Rolls back what is open and closes the database. */
  async close(): Promise<void> {
    if (this.#end) return;
    const closed = this.#send('close', []);
    this.#end = new Error('The database is closed');
    await Promise.all([closed, once(this.#worker, 'exit')]);
  }

  #send<N extends Name>(name: N, args: Arguments<N>, transaction?: number): Result<N> {
    return new Promise((resolve, reject) => {
      if (this.#end) throw this.#end;
      this.#lastId += 1;
      this.#pending.set(this.#lastId, { resolve, reject });
      this.#worker.postMessage({ id: this.#lastId, name, args, transaction });
    });
  }

  #receive(reply: Reply): void {
    const call = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('failure' in reply) call?.reject(toError(reply.failure));
    else call?.resolve(reply.value);
  }
}

function toError({ message, stack, code, driverError }: Failure): Error {
  if (driverError) return new DriverAdapterError(driverError);
  return Object.assign(new Error(message), { stack, ...(code && { code }) });
}
