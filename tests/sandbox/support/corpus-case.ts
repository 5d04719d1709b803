import type { Language, Limits, SandboxKind, Verdict } from '../../../src/sandbox/sandbox.ts';

/** One program of the corpus and what must come of it. */
export interface CorpusCase {
  name: string;
  language: Language;
  /** The only kind that it is meant for; all of them when left out. */
  kind?: SandboxKind;
  code: string;
  /** Closed after it; nothing unless given. */
  stdin?: string;
  limits?: Partial<Limits>;
  verdict: Verdict | readonly Verdict[];
  /** The whole of stdout, or a pattern in it. */
  stdout?: string | RegExp;
  stderr?: string | RegExp;
  error?: string | RegExp;
  exitCode?: number | null;
}

export const MEGABYTE = 2 ** 20;

export const LIMITS: Limits = {
  cpuTimeMs: 10_000,
  wallTimeMs: 10_000,
  memoryBytes: 128 * MEGABYTE,
  outputBytes: 2 * MEGABYTE,
  processes: 64,
};
