import type { Language } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { createSession } from './create-session.ts';
import { element, errorLine } from './element.ts';

const LANGUAGES: readonly Language[] = ['PYTHON', 'TYPESCRIPT', 'JAVASCRIPT'];

/** The form that creates a session and opens it. */
export function createForm(): HTMLFormElement {
  const choices = LANGUAGES.map((language) =>
    element(
      'label',
      {},
      element('input', { type: 'radio', name: 'language', value: language }),
      element('span', {}, texts.languages[language]),
    ),
  );
  choices[0]?.querySelector('input')?.setAttribute('checked', '');
  const button = element('button', { type: 'submit', class: 'primary' }, texts.start.create);
  const error = errorLine('create-error');
  const form = element(
    'form',
    { class: 'card', 'aria-labelledby': 'create' },
    element('h2', { id: 'create' }, texts.start.create),
    element('fieldset', { class: 'choices' }, element('legend', {}, texts.start.language), ...choices),
    button,
    error,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const chosen = new FormData(form).get('language');
    button.disabled = true;
    error.textContent = '';
    try {
      location.assign(
        `/s/${await createSession(LANGUAGES.find((language) => language === chosen) ?? 'PYTHON')}`,
      );
    } catch (failure) {
      error.textContent = failure instanceof Error ? failure.message : String(failure);
    } finally {
      button.disabled = false;
    }
  });
  return form;
}
