import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as deadline } from 'node:timers/promises';

const DEADLINE_MS = 15_000;

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Everything that it wrote, on stdout and stderr. */
  output(): string;
  /** Resolves with the match once the output matches. Rejects when it does not in time or the process ended. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit code; null when a signal ended it. */
  exit(): Promise<number | null>;
}

/** Starts the built server as an operator does, with these settings and nothing else of ours. */
export function spawnServer(settings: NodeJS.ProcessEnv, cwd: string): ServerProcess {
  const child = spawn(process.execPath, [new URL('../../dist/main.js', import.meta.url).pathname], {
    cwd,
    env: { PATH: process.env['PATH'], ...settings },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  return {
    child,
    output: () => text,
    waitFor: async (pattern) => {
      const abort = new AbortController();
      const late = deadline(DEADLINE_MS, 'late', { signal: abort.signal });
      for (;;) {
        const match = pattern.exec(text);
        if (match) {
          abort.abort();
          late.catch(() => {});
          return match;
        }
        const event = await Promise.race([
          late,
          once(child.stdout, 'data').then(() => 'data'),
          closed.then(() => 'closed'),
        ]);
        if (event !== 'data' && !pattern.test(text)) throw new Error(`No ${pattern} (${event}) in: ${text}`);
      }
    },
    exit: async () => {
      await closed;
      return child.exitCode;
    },
  };
}
