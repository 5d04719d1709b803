import { Language } from '../database/generated/enums.ts';
import { LANGUAGES } from '../languages.ts';
import { builder } from './builder.ts';

export const LanguageEnum = builder.enumType('Language', {
  description: 'A language that programs are written and run in.',
  values: {
    JAVASCRIPT: { value: Language.JAVASCRIPT, description: LANGUAGES.JAVASCRIPT.description },
    TYPESCRIPT: { value: Language.TYPESCRIPT, description: LANGUAGES.TYPESCRIPT.description },
    PYTHON: { value: Language.PYTHON, description: LANGUAGES.PYTHON.description },
  },
});
