import { forgetVisited, type VisitedSession, visitedSessions } from '../shared/storage.ts';
import { texts } from '../shared/texts.ts';
import { element } from './element.ts';

const WHEN = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** The sessions that this browser was in lately. */
export function recentSessions(): HTMLElement {
  const section = element('section', { class: 'recent', 'aria-labelledby': 'recent' });
  const show = () => {
    const sessions = visitedSessions();
    section.replaceChildren(
      element('h2', { id: 'recent' }, texts.start.recent),
      sessions.length === 0
        ? element('p', { class: 'muted' }, texts.start.noRecent)
        : element('ul', {}, ...sessions.map((visited) => item(visited, show))),
    );
  };
  show();
  return section;
}

function item({ id, language, at }: VisitedSession, onForgotten: () => void): HTMLLIElement {
  const forget = element(
    'button',
    {
      type: 'button',
      class: 'icon',
      'aria-label': `${texts.start.forget}: ${id}`,
      title: texts.start.forget,
    },
    '×',
  );
  forget.addEventListener('click', () => {
    forgetVisited(id);
    onForgotten();
  });
  return element(
    'li',
    {},
    element('a', { href: `/s/${id}` }, id),
    element('span', {}, texts.languages[language]),
    element('time', { datetime: new Date(at).toISOString() }, WHEN.format(at)),
    forget,
  );
}
