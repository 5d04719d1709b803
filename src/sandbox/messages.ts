import type {
  LanguageInfo,
  Outcome,
  OutputChunk,
  Program,
  Protection,
  SandboxKind,
  SandboxOptions,
} from './sandbox.ts';

/** What the server tells the supervisor. Runs have numbers, which the server gives. */
export type Request =
  | { type: 'open'; options: SandboxOptions; folder: string }
  | { type: 'run'; id: number; program: Program }
  | { type: 'stdin'; id: number; text: string }
  | { type: 'endStdin'; id: number }
  | { type: 'cancel'; id: number }
  | { type: 'close' };

/** What the supervisor tells the server. */
export type Report =
  | {
      type: 'opened';
      kind: SandboxKind;
      languages: readonly LanguageInfo[];
      protections: readonly Protection[];
      failures: readonly string[];
    }
  | { type: 'failed'; message: string }
  | { type: 'output'; id: number; chunk: OutputChunk }
  | { type: 'outcome'; id: number; outcome: Outcome };
