import { parsePrismaCursor } from '@pothos/plugin-prisma';
import { InvalidInputError } from '../errors.ts';

interface PageArguments {
  after?: string | null | undefined;
  before?: string | null | undefined;
}

/** Throws InvalidInputError for a cursor that is not one of a list whose rows have a string as id. */
export function checkCursors(args: PageArguments): void {
  for (const field of ['after', 'before'] as const) {
    const cursor = args[field];
    if (cursor && !isStringCursor(cursor)) {
      throw new InvalidInputError(field, `${field} must be a cursor of this list`);
    }
  }
}

function isStringCursor(cursor: string): boolean {
  try {
    return typeof parsePrismaCursor(cursor) === 'string';
  } catch {
    return false;
  }
}
