import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const START_DEADLINE_MS = 60_000;
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A server in a process of its own, so that it shares no event loop with what measures it. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything that it wrote so far. */
  output(): string;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Starts the built server with its defaults, this database and these settings. */
export function startProduct(DATABASE_URL: string, settings: NodeJS.ProcessEnv): Promise<ServerProcess> {
  return startServerProcess([MAIN], {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL,
    ...settings,
  });
}

/** Starts Node with these arguments and waits for the line that tells its URL: `listens on http://...`. */
export async function startServerProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`A server ${why}:\n${output}`));
    };
    const deadline = setTimeout(fail, START_DEADLINE_MS, 'did not start in time');
    child.once('close', () => fail('did not start'));
    const read = (text: Buffer) => {
      output += text;
      const found = /listens on (http:\/\/[\w.:]+)/.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(deadline);
      resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    signal: (name) => void child.kill(name),
    stop: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
