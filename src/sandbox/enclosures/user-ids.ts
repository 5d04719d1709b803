import { randomInt } from 'node:crypto';

/** User ids that distributions assign to nobody, and that exist in a container with 65,536 users. */
const FIRST = 20_000;
const COUNT = 40_000;

/**
 * Returns a function that returns a different user id for every sandboxed process. The kernel counts some resources
 * for each user, such as processes, so with separate users it counts them for each program. The first id is random:
 * two servers on one host rarely use the same one.
 */
export function createUserIdAllocator(): () => number {
  let next = randomInt(COUNT);
  return () => {
    next = (next + 1) % COUNT;
    return FIRST + next;
  };
}
