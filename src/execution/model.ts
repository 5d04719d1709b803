import { z } from 'zod';
import { Language } from '../database/generated/enums.ts';
import { LANGUAGE_NAMES } from '../languages.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { storableText } from '../validation.ts';

export const DEFAULT_TIMEOUT_MS = 30_000;
export const MAX_TIMEOUT_MS = 60_000;

export const timeoutMs = z.int().min(1).max(MAX_TIMEOUT_MS);

export const executeCodeInput = z.object({
  code: storableText,
  language: z.enum(Language),
  sessionId: z.string().nullish(),
  stdin: z.string().nullish(),
  timeoutMs: timeoutMs.nullish(),
});
export type ExecuteCodeInput = z.output<typeof executeCodeInput>;

const NAMES: Record<Language, string> = {
  JAVASCRIPT: 'JavaScript',
  TYPESCRIPT: 'TypeScript',
  PYTHON: 'Python',
};

/** The languages of a sandbox, as the API names them. */
export function languages(sandbox: Sandbox) {
  return Object.values(Language).flatMap((language) => {
    const info = sandbox.languages.find((candidate) => candidate.language === LANGUAGE_NAMES[language]);
    return info ? [{ ...info, language, name: NAMES[language] }] : [];
  });
}
