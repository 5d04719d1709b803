import type { Language } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { createSession, KeyNeededError } from './create-session.ts';
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
  const key = keyField();
  const form = element(
    'form',
    { class: 'card', 'aria-labelledby': 'create' },
    element('h2', { id: 'create' }, texts.start.create),
    element('fieldset', { class: 'choices' }, element('legend', {}, texts.start.language), ...choices),
    key,
    button,
    error,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const language = LANGUAGES.find((known) => known === fields.get('language')) ?? 'PYTHON';
    button.disabled = true;
    error.textContent = '';
    try {
      location.assign(await createSession(language, String(fields.get('key')).trim()));
    } catch (failure) {
      if (failure instanceof KeyNeededError) key.hidden = false;
      error.textContent = failure instanceof Error ? failure.message : String(failure);
    } finally {
      button.disabled = false;
    }
  });
  return form;
}

/** The field for an API key, shown once the server asks for one. */
function keyField(): HTMLLabelElement {
  const input = element('input', { name: 'key', type: 'password', autocomplete: 'off' });
  return element(
    'label',
    { class: 'field', hidden: '' },
    element('span', {}, texts.start.key),
    input,
    element('small', { class: 'muted' }, texts.start.keyHint),
  );
}
