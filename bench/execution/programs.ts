export interface Program {
  /** As REST names it. */
  language: 'javascript' | 'typescript' | 'python';
  file: string;
  code: string;
  /** Milliseconds in which a new process has surely taken the place of the waiting one. */
  refillMs: number;
}

/** Programs that do next to nothing: what is measured is what is around them. */
export const PROGRAMS: readonly Program[] = [
  { language: 'javascript', file: 'main.js', code: 'console.log(6 * 7);\n', refillMs: 500 },
  {
    language: 'typescript',
    file: 'main.ts',
    code: 'const answer: number = 6 * 7;\nconsole.log(answer);\n',
    refillMs: 500,
  },
  { language: 'python', file: 'main.py', code: 'print(6 * 7)\n', refillMs: 2_000 },
];

export const OUTPUT = '42';
