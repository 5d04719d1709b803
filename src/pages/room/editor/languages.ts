import { javascript } from '@codemirror/lang-javascript';
import { python } from '@codemirror/lang-python';
import { indentUnit } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import type { Language } from '../generated/graphql.ts';

/** Returns highlighting, indentation and comments of a language. */
export function languageSupport(language: Language): Extension {
  switch (language) {
    case 'PYTHON':
      return [python(), indentUnit.of('    ')];
    case 'TYPESCRIPT':
      return [javascript({ typescript: true }), indentUnit.of('  ')];
    case 'JAVASCRIPT':
      return [javascript(), indentUnit.of('  ')];
  }
}
