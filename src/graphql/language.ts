import { Language } from '../database/generated/enums.ts';
import { LANGUAGES } from '../languages.ts';
import { builder } from './builder.ts';

export const LanguageEnum = builder.enumType(Language, {
  name: 'Language',
  description: 'A language that programs are written and run in.',
  values: LANGUAGES,
});
