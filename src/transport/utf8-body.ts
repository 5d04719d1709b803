import { InvalidInputError } from '../errors.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Returns the text of a body, without a byte-order mark. Throws InvalidInputError when it is no UTF-8. */
export function textOfBody(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new InvalidInputError('body', 'The body must be UTF-8');
  }
}
