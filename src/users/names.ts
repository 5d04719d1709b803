import { randomInt } from 'node:crypto';

const ADJECTIVES = ['Bold', 'Brave', 'Bright', 'Calm', 'Clever', 'Keen', 'Quick', 'Sharp', 'Swift', 'Wise'];
const NOUNS = [
  'Builder',
  'Coder',
  'Debugger',
  'Falcon',
  'Hacker',
  'Otter',
  'Panda',
  'Tiger',
  'Thinker',
  'Wizard',
];

/** Returns an adjective and a noun, as in `SwiftCoder`, that is not among `taken`. */
export function generateName(taken: readonly string[]): string {
  const free = ADJECTIVES.flatMap((adjective) => NOUNS.map((noun) => adjective + noun)).filter(
    (name) => !taken.includes(name),
  );
  const name = free[randomInt(free.length)];
  if (name === undefined) throw new RangeError('Every generated name is taken');
  return name;
}
