import type { Language } from './database/generated/enums.ts';

/** How REST and the sandbox spell the languages. */
export const LANGUAGE_NAMES = {
  JAVASCRIPT: 'javascript',
  TYPESCRIPT: 'typescript',
  PYTHON: 'python',
} as const satisfies Record<Language, string>;
