import type {
  LanguageInfo,
  Outcome,
  OutputChunk,
  Program,
  Protection,
  SandboxKind,
  SandboxOptions,
} from './sandbox.ts';

/** Messages from the server to the supervisor. The server assigns the ids of runs. */
export type SupervisorRequest =
  | { type: 'open'; options: SandboxOptions; folder: string }
  | { type: 'run'; id: number; program: Program }
  | { type: 'stdin'; id: number; text: string }
  | { type: 'endStdin'; id: number }
  | { type: 'cancel'; id: number }
  | { type: 'close' };

/** Messages from the supervisor to the server. */
export type SupervisorEvent =
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
