import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { stopAtEnd } from './cleanup.ts';
import { PATIENCE_MS } from './patience.ts';

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Everything that it wrote, on stdout and stderr. */
  output(): string;
  /** Resolves with the match once the output matches. Kills the server and rejects when it does not. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** The URL that it listens on, once it does. */
  url(): Promise<string>;
  /** Its exit code; null when a signal ended it. */
  exit(): Promise<number | null>;
}

/**
 * Starts the built server as an operator does, with these settings and nothing else of ours. It is killed at the
 * end of the test file at the latest.
 */
export function spawnServer(settings: NodeJS.ProcessEnv, cwd: string): ServerProcess {
  const child = spawn(process.execPath, [new URL('../../dist/main.js', import.meta.url).pathname], {
    cwd,
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir(), ...settings },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  stopAtEnd(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const waitFor = async (pattern: RegExp) => {
    const abort = new AbortController();
    const late = pause(PATIENCE_MS, 'late', { signal: abort.signal });
    late.catch(() => {});
    for (;;) {
      const match = pattern.exec(text);
      if (match) {
        abort.abort();
        return match;
      }
      const event = await Promise.race([
        late,
        once(child.stdout, 'data').then(() => 'data'),
        closed.then(() => 'closed'),
      ]);
      if (event === 'data' || pattern.test(text)) continue;
      child.kill('SIGKILL');
      throw new Error(`No ${pattern} (${event}) in: ${text}`);
    }
  };
  return {
    child,
    output: () => text,
    waitFor,
    url: async () => (await waitFor(/listens on (http:\/\/[^ ]+)/))[1] ?? '',
    exit: async () => {
      await closed;
      return child.exitCode;
    },
  };
}
