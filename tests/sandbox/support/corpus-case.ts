import type { Language, Limits, SandboxKind, Verdict } from '../../../src/sandbox/sandbox.ts';

/** One program of the corpus and its expected outcome. */
export interface CorpusCase {
  name: string;
  language: Language;
  /** The only kind of sandbox to run it in; every kind by default. */
  kind?: SandboxKind;
  code: string;
  /** The whole of stdin; empty by default. */
  stdin?: string;
  limits?: Partial<Limits>;
  verdict: Verdict | readonly Verdict[];
  /** The whole of stdout, or a pattern that it matches. */
  stdout?: string | RegExp;
  stderr?: string | RegExp;
  error?: string | RegExp;
  exitCode?: number | null;
}

export const MEGABYTE = 2 ** 20;

/** Limits of a case that names none. The wall time is the longest that the API allows, for slow machines. */
export const LIMITS: Limits = {
  cpuTimeMs: 10_000,
  wallTimeMs: 60_000,
  memoryBytes: 128 * MEGABYTE,
  outputBytes: 2 * MEGABYTE,
  processes: 64,
};
