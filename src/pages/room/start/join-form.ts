import { texts } from '../shared/texts.ts';
import { element, errorLine } from './element.ts';

const LINK_OR_ID = /^(?:.*\/s\/)?(?<id>[0-9a-z]{10})(?:[/?][^#]*)?(?<invite>#.*)?$/;

/** The form that opens a session by its link or id. */
export function joinForm(): HTMLFormElement {
  const input = element('input', {
    name: 'session',
    required: '',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: texts.start.joinHint,
    'aria-describedby': 'join-error',
  });
  const error = errorLine('join-error');
  const form = element(
    'form',
    { class: 'card', 'aria-labelledby': 'join' },
    element('h2', { id: 'join' }, texts.start.join),
    element('label', { class: 'field' }, element('span', {}, texts.start.joinLabel), input),
    element('button', { type: 'submit' }, texts.start.joinButton),
    error,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const { id, invite = '' } = LINK_OR_ID.exec(input.value.trim())?.groups ?? {};
    input.setAttribute('aria-invalid', String(!id));
    error.textContent = id ? '' : texts.start.notAnId;
    if (id) location.assign(`/s/${id}${invite}`);
  });
  return form;
}
