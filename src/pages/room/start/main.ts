import '../shared/base.css';
import './start.css';
import { texts } from '../shared/texts.ts';
import { createForm } from './create-form.ts';
import { element } from './element.ts';
import { joinForm } from './join-form.ts';
import { recentSessions } from './recent-sessions.ts';

const { start } = texts;

const LINKS = [
  { href: '/graphql', name: start.graphiql, hint: start.graphiqlHint },
  { href: '/docs', name: start.swagger, hint: start.swaggerHint },
  { href: '/redoc', name: start.redoc, hint: start.redocHint },
];

const brand = element(
  'a',
  { class: 'brand', href: '/' },
  element('img', { src: '/mark.svg', alt: '', width: '28', height: '28' }),
  element('span', {}, texts.product),
);

const links = LINKS.map(({ href, name, hint }) =>
  element('li', {}, element('a', { href }, name), element('span', {}, hint)),
);

document
  .getElementById('root')
  ?.append(
    element('header', { class: 'start-header' }, brand),
    element(
      'main',
      { class: 'start' },
      element('div', { class: 'start-lead' }, element('h1', {}, start.title), element('p', {}, start.lead)),
      element('div', { class: 'start-cards' }, createForm(), joinForm()),
      recentSessions(),
      element(
        'nav',
        { class: 'start-links', 'aria-labelledby': 'developers' },
        element('h2', { id: 'developers' }, start.developers),
        element('ul', {}, ...links),
      ),
    ),
  );
