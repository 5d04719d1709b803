import { CloseCode, CloseError } from './close-error.ts';

/** The longest awareness state of one client, in bytes of JSON. */
const MAX_BYTES = 4_096;

/** The user behind a connection, as the others see it. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly color: string;
}

/** Returns a state with the name and the colour of its user. Throws CloseError. */
export function withMember(json: string, { name, color }: Member): string {
  if (Buffer.byteLength(json) > MAX_BYTES)
    throw new CloseError(CloseCode.TOO_LARGE, 'The awareness state is too large');
  const state = parseObject(json);
  if (!state) throw new CloseError(CloseCode.REFUSED, 'An awareness state is an object or null');
  // Editors make the light colour from the other one if there is none.
  const { colorLight: _, ...user } = isObject(state['user']) ? state['user'] : {};
  return JSON.stringify({ ...state, user: { ...user, name, color } });
}

function parseObject(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
