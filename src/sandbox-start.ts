import type { FastifyBaseLogger } from 'fastify';
import type { Config } from './config.ts';
import { MAX_TIMEOUT_MS } from './executions/limits.ts';
import { openSandbox } from './sandbox/open.ts';
import type { OpenedSandbox, SandboxOptions } from './sandbox/sandbox.ts';

const PACKAGE_SETTINGS = [
  ['python', 'PYTHON_PACKAGES'],
  ['javascript', 'NODE_PACKAGES'],
] as const;

/** Opens the sandbox that the config asks for. Throws when it does not work on this host. */
export async function startSandbox(config: Config, log: FastifyBaseLogger): Promise<OpenedSandbox> {
  try {
    return await openSandbox(sandboxOptions(config), () =>
      log.error('The sandbox ended unforeseen, its programs with it. The next program starts it anew'),
    );
  } catch (error) {
    if (config.SANDBOX === 'auto' || !(error instanceof Error)) throw error;
    throw new Error(`${error.message}. SANDBOX=auto takes the strongest kind that works`);
  }
}

/** Logs which sandbox runs programs, why not a stronger one, and packages that programs cannot import. */
export function logSandbox(sandbox: OpenedSandbox, config: Config, log: FastifyBaseLogger): void {
  const { kind, protections, failures, languages } = sandbox;
  const mechanisms = Object.fromEntries(protections.map(({ name, mechanism }) => [name, mechanism]));
  log.info({ protections: mechanisms }, `Programs run in the sandbox \`${kind}\``);
  for (const failure of failures) log.info(`A stronger sandbox does not work here: ${failure}`);
  for (const [language, setting] of PACKAGE_SETTINGS) {
    const runtime = languages.find((each) => each.language === language);
    if (config[setting] && runtime?.packages.length === 0)
      log.warn(`${setting} has no packages for ${runtime.runtime} in the sandbox \`${kind}\``);
  }
}

function sandboxOptions(config: Config): SandboxOptions {
  return {
    kind: config.SANDBOX,
    running: config.MAX_RUNNING,
    waiting: config.SANDBOX_WAITING,
    waitingBytes: config.SANDBOX_WAITING_MEMORY,
    ceiling: {
      cpuTimeMs: config.CPU_LIMIT,
      wallTimeMs: MAX_TIMEOUT_MS,
      memoryBytes: config.MEMORY_LIMIT,
      outputBytes: config.OUTPUT_LIMIT,
      processes: config.PROCESS_LIMIT,
    },
    packageFolders: { python: config.PYTHON_PACKAGES, node: config.NODE_PACKAGES },
  };
}
