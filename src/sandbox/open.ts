import { tmpdir } from 'node:os';
import type { OpenedSandbox, SandboxOptions } from './sandbox.ts';
import { SupervisorProcess } from './supervisor-process.ts';

/**
 * Opens a sandbox in a supervisor process. Throws when the requested kind does not work on this host.
 * When the supervisor dies, its programs end with SANDBOX_ERROR, `onLost` is called, and the next program starts a
 * new supervisor.
 */
export async function openSandbox(options: SandboxOptions, onLost: () => void): Promise<OpenedSandbox> {
  const start = () => new SupervisorProcess(options, tmpdir(), onLost);
  let supervisor = start();
  const { kind, languages, protections, failures } = await supervisor.opened;
  return {
    kind,
    languages,
    protections,
    failures,
    run: (program, onOutput) => {
      if (!supervisor.alive) supervisor = start();
      return supervisor.run(program, onOutput);
    },
    close: () => supervisor.close(),
  };
}
