import { randomInt } from 'node:crypto';

/** Users that distributions give to nobody, within what a container of 65,536 users has. */
const FIRST = 20_000;
const COUNT = 40_000;

/**
 * Gives a user id for each box that no other box of this server has: what the kernel counts for each user, it then
 * counts for each box. Starts anywhere, so that two servers of one host hardly meet.
 */
export function boxUsers(): () => number {
  let next = randomInt(COUNT);
  return () => {
    next = (next + 1) % COUNT;
    return FIRST + next;
  };
}
