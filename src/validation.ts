import { z } from 'zod';
import { InvalidInputError } from './errors.ts';

/** Text that both databases store exactly. PostgreSQL cannot store NUL, and UTF-8 cannot encode a lone surrogate. */
export const storableText = z
  .string()
  .refine((text) => !text.includes('\0'), { error: 'must not contain a NUL character' })
  .refine((text) => text.isWellFormed(), { error: 'must not contain a lone surrogate' });

/** The most code that a session or an execution holds, in bytes of UTF-8. */
export const CODE_LIMIT = 2 * 1024 * 1024;

/** A program. */
export const codeText = storableText.refine((code) => Buffer.byteLength(code) <= CODE_LIMIT, {
  error: `must be at most ${CODE_LIMIT} bytes`,
});

const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** When something ends. */
export const futureDate = z
  .date()
  .refine((date) => date.getTime() > Date.now(), { error: 'must be in the future' })
  .refine((date) => date.getTime() <= LATEST, { error: 'must be before the year 10000' });

/** When something ends, in JSON. */
export const futureMilliseconds = z
  .int()
  .transform((time) => new Date(time))
  .pipe(futureDate)
  .describe('Unix time in milliseconds, in the future');

/** A point in time in JSON. */
export const milliseconds = z.int().describe('Unix time in milliseconds');

/** Returns the schema of what REST calls these values in a request. What it parses becomes the value. */
export function slugInput<Value extends string, Slug extends string>(
  values: readonly Value[],
  slugOf: (value: Value) => Slug,
) {
  const find = (slug: string) => values.find((value) => slugOf(value) === slug) ?? z.NEVER;
  return z.enum(values.map(slugOf)).transform(find);
}

/** The most values in one input: lists, objects and what is in them. 10,000 changes of a text are 40,000. */
const MAX_VALUES = 50_000;

/** How deep lists and objects may lie in each other: a presence can be 512 deep, and 6,000 overflow the stack. */
const MAX_DEPTH = 1_500;

/** Returns how an input is larger than can be looked through in a moment; null for all others. Stops at the limits. */
export function excessOf(input: unknown): string | null {
  let count = 0;
  let level = [input];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `must be nested at most ${MAX_DEPTH} deep`;
    const next: unknown[] = [];
    for (const value of level) {
      const values = typeof value === 'object' && value !== null ? Object.values(value) : [];
      count += values.length;
      if (count > MAX_VALUES) return `must hold at most ${MAX_VALUES} values`;
      for (const each of values) next.push(each);
    }
    level = next;
  }
  return null;
}

/** Returns `input` parsed by `schema`. Throws InvalidInputError for the first field that does not fit. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw toInputError(result.error.issues);
}

/** Returns the error of the first issue. Its message names the field and says which values it accepts. */
export function toInputError(issues: readonly z.core.$ZodIssue[]): InvalidInputError {
  const [issue] = issues;
  if (!issue) throw new Error('An invalid input without an issue');
  const field = String(issue.path.findLast((part) => typeof part === 'string') ?? 'body');
  return new InvalidInputError(field, `${field} ${requirement(issue)}`);
}

function requirement(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${issue.expected === 'int' ? 'a whole number' : withArticle(issue.expected)}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    default:
      return issue.message;
  }
}

function withArticle(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
