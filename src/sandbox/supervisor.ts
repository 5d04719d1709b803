// The supervisor: a small process that starts programs and monitors them. The server does not do it itself because
// forking a large process is slow, and because a program that attacks its parent then attacks no server.
import { type CreatedSandbox, createLocalSandbox } from './create.ts';
import type { LocalSandbox } from './local-sandbox.ts';
import type { SupervisorEvent, SupervisorRequest } from './messages.ts';
import type { Run } from './sandbox.ts';
import { startFailure } from './start-failure.ts';

const runs = new Map<number, Run>();
let opening: Promise<CreatedSandbox> | null = null;
let closing = false;

process.on('message', (request: SupervisorRequest) => void handle(request));
// The channel also closes when the server is killed. No program may outlive the server.
process.on('disconnect', () => void close());
// Ctrl-C in a terminal signals this process too. It ignores that: the server requests the end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function handle(request: SupervisorRequest): Promise<void> {
  if (request.type === 'open') return open(request);
  // Requests may arrive before the sandbox is open. They keep their order.
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

async function open({ options, folder }: Extract<SupervisorRequest, { type: 'open' }>): Promise<void> {
  opening = createLocalSandbox(options, folder);
  try {
    const { sandbox, failures } = await opening;
    const { kind, languages, protections } = sandbox;
    send({ type: 'opened', kind, languages, protections, failures });
  } catch (error) {
    send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.disconnect();
  }
}

function run(sandbox: LocalSandbox, { id, program }: Extract<SupervisorRequest, { type: 'run' }>): void {
  let started: Run;
  try {
    started = sandbox.run(program, (chunk) => send({ type: 'output', id, chunk }));
  } catch (error) {
    send({ type: 'outcome', id, outcome: startFailure(error) });
    return;
  }
  runs.set(id, started);
  started.outcome.then((outcome) => {
    runs.delete(id);
    send({ type: 'outcome', id, outcome });
  });
}

/** Cancels every program, sends the outcomes, and lets this process exit. */
async function close(): Promise<void> {
  if (closing) return;
  closing = true;
  const created = await opening?.catch(() => null);
  await created?.sandbox.close();
  if (process.connected) process.disconnect();
}

function send(event: SupervisorEvent): void {
  if (process.connected) process.send?.(event);
}
