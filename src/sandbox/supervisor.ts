// A small process that starts programs and watches them, so that neither weighs on the server: forking a large
// process takes long, and what a program does to its parent it does not do to the server.
import { type Created, createLocalSandbox } from './create.ts';
import type { LocalSandbox } from './local-sandbox.ts';
import type { Report, Request } from './messages.ts';
import type { Run } from './sandbox.ts';

const runs = new Map<number, Run>();
let opening: Promise<Created> | null = null;
let closing = false;

process.on('message', (request: Request) => void handle(request));
// However the server died, nothing of it goes on.
process.on('disconnect', () => void close());
// A terminal's Ctrl-C reaches this process too; the server says when to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function handle(request: Request): Promise<void> {
  if (request.type === 'open') return open(request);
  // Programs may come before the sandbox is open; all that follows waits its turn.
  const created = await opening?.catch(() => null);
  if (!created || closing) return;
  switch (request.type) {
    case 'close':
      return close();
    case 'run':
      return run(created.sandbox, request);
    case 'stdin':
      runs.get(request.id)?.writeStdin(request.text);
      return;
    case 'endStdin':
      runs.get(request.id)?.endStdin();
      return;
    case 'cancel':
      runs.get(request.id)?.cancel();
      return;
  }
}

async function open({ options, folder }: Extract<Request, { type: 'open' }>): Promise<void> {
  opening = createLocalSandbox(options, folder);
  try {
    const { sandbox, failures } = await opening;
    const { kind, languages, protections } = sandbox;
    tell({ type: 'opened', kind, languages, protections, failures });
  } catch (error) {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.disconnect();
  }
}

function run(sandbox: LocalSandbox, { id, program }: Extract<Request, { type: 'run' }>): void {
  const started = sandbox.run(program, (chunk) => tell({ type: 'output', id, chunk }));
  runs.set(id, started);
  started.outcome.then((outcome) => {
    runs.delete(id);
    tell({ type: 'outcome', id, outcome });
  });
}

/** Ends what runs, tells how, and leaves. */
async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  const created = await opening?.catch(() => null);
  await created?.sandbox.close();
  if (process.connected) process.disconnect();
}

function tell(report: Report): void {
  if (process.connected) process.send?.(report);
}
