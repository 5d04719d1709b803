/** The colours of a session's users; no two users of a session hold the same. */
export const COLORS = [
  '#22d3ee',
  '#a78bfa',
  '#f472b6',
  '#fbbf24',
  '#34d399',
  '#fb7185',
  '#60a5fa',
  '#c084fc',
  '#4ade80',
  '#f97316',
] as const;

/** The most users of a session: one for each colour. */
export const MAX_USERS = COLORS.length;

/** Returns the first colour that is not in `taken`, or null when all are. */
export function firstFreeColor(taken: readonly string[]): string | null {
  return COLORS.find((color) => !taken.includes(color)) ?? null;
}
