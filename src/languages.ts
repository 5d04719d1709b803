import type { Language } from './database/generated/enums.ts';

interface LanguageEntry {
  /** How REST and the sandbox spell it. */
  readonly slug: string;
  /** Its name for people. */
  readonly name: string;
  readonly description: string;
  /** The program that a session starts with when no code is given. */
  readonly starterCode: string;
}

/** The languages that programs are written and run in. The sandbox has a runtime for each. */
export const LANGUAGES = {
  JAVASCRIPT: {
    slug: 'javascript',
    name: 'JavaScript',
    description: 'JavaScript modules.',
    starterCode: '// Start coding here\nconsole.log("Hello, World!");',
  },
  TYPESCRIPT: {
    slug: 'typescript',
    name: 'TypeScript',
    description: 'TypeScript; its types are checked where `typeCheck` says so.',
    starterCode: '// Start coding here\nconsole.log("Hello, World!");',
  },
  PYTHON: {
    slug: 'python',
    name: 'Python',
    description: 'Python 3 with its standard library.',
    starterCode: '# Start coding here\nprint("Hello, World!")',
  },
} as const satisfies Record<Language, LanguageEntry>;
