import { z } from 'zod';
import { Language, SessionStatus } from '../database/generated/enums.ts';
import { isId } from '../ids.ts';
import { storableText } from '../validation.ts';

const NUMBER = /^\d+(?:\.\d+)?(?:e\+\d+)?$/;
const DATE =
  /^(?<date>\d{4}-\d\d-\d\d)[ T](?<time>\d\d:\d\d:\d\d(?:\.\d+)?)(?:(?<hours>[+-]\d\d)(?::?(?<minutes>\d\d))?|Z)?$/;

/** Smaller numbers are seconds: as milliseconds they would be before 1973, as seconds larger ones after 5138. */
const SECONDS_END = 1e11;
const MAX_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** Returns the time that a text means, Unix milliseconds or seconds or a date; null when it means none. */
function readTime(text: string): Date | null {
  const time = NUMBER.test(text) ? readNumber(Number(text)) : readDate(text);
  return time <= MAX_TIME ? new Date(time) : null;
}

function readNumber(value: number): number {
  return value < SECONDS_END ? value * 1000 : value;
}

/** A date without an offset is UTC. */
function readDate(text: string): number {
  const { date, time, hours = '+00', minutes = '00' } = DATE.exec(text)?.groups ?? {};
  return Date.parse(`${date}T${time}${hours}:${minutes}`);
}

const id = z.string().refine(isId, { error: 'is no id' });

const time = z.string().transform((text, check) => {
  const read = readTime(text);
  if (read) return read;
  check.addIssue({ code: 'custom', message: `is no time: ${text}` });
  return z.NEVER;
});

/** A word of an enum in any case; NULL is the default, as for the original server. */
function word<Words extends Readonly<Record<string, string>>, Default extends Words[keyof Words]>(
  words: Words,
  byDefault: Default,
) {
  return z
    .string()
    .nullable()
    .transform((text) => text?.toUpperCase() ?? byDefault)
    .pipe(z.enum(words));
}

/** A session of the original server, from a row with every value as text. */
export const originalSession = z.object({
  id,
  code: storableText.nullable().transform((code) => code ?? ''),
  language: word(Language, 'JAVASCRIPT'),
  status: word(SessionStatus, 'ACTIVE'),
  createdAt: time,
});
export type OriginalSession = z.output<typeof originalSession>;

/** A user of the original server, from a row with every value as text. */
export const originalUser = z.object({
  id,
  sessionId: id,
  name: storableText,
  color: storableText,
  joinedAt: time,
});
export type OriginalUser = z.output<typeof originalUser>;
