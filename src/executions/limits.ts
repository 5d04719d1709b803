import { z } from 'zod';
import type { Config } from '../config.ts';
import { InvalidInputError } from '../errors.ts';
import type { Limits } from '../sandbox/sandbox.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;
/** The most wall time that a program may ask for. */
export const MAX_TIMEOUT_MS = 60_000;

export const timeoutMs = z.int().min(1).max(MAX_TIMEOUT_MS);

/** The setting that is the ceiling of each limit that a request may lower. */
const CEILINGS = {
  cpuTimeMs: 'CPU_LIMIT',
  memoryBytes: 'MEMORY_LIMIT',
  outputBytes: 'OUTPUT_LIMIT',
  processes: 'PROCESS_LIMIT',
} as const satisfies Partial<Record<keyof Limits, keyof Config>>;

const lowered = z.int().min(1).nullish();

export const limitsInput = z.object({
  cpuTimeMs: lowered,
  memoryBytes: lowered,
  outputBytes: lowered,
  processes: lowered,
});

interface WantedLimits {
  timeoutMs?: number | null | undefined;
  limits?: z.output<typeof limitsInput> | null | undefined;
}

/** Returns the limits of a program: the wanted ones, else the operator's. Throws InvalidInputError for higher ones. */
export function toLimits(config: Config, { timeoutMs, limits }: WantedLimits): Limits {
  const limit = (field: keyof typeof CEILINGS): number => {
    const ceiling = config[CEILINGS[field]];
    const wanted = limits?.[field] ?? ceiling;
    if (wanted > ceiling) throw new InvalidInputError(field, `${field} must be at most ${ceiling}`);
    return wanted;
  };
  return {
    wallTimeMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
    cpuTimeMs: limit('cpuTimeMs'),
    memoryBytes: limit('memoryBytes'),
    outputBytes: limit('outputBytes'),
    processes: limit('processes'),
  };
}
