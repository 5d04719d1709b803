import { z } from 'zod';
import { Language } from '../database/generated/enums.ts';
import { LANGUAGES } from '../languages.ts';

/** A language in an answer. */
export const languageSlug = z.enum(Object.values(LANGUAGES).map(({ slug }) => slug));

/** A language in a request, as the commands name it. */
export const language = languageSlug.transform(
  (wanted) => Object.values(Language).find((language) => LANGUAGES[language].slug === wanted) ?? z.NEVER,
);

const errorFields = z.object({ error: z.string(), message: z.string(), statusCode: z.int() });

const notFound = {
  error: 'SESSION_NOT_FOUND',
  message: "Session with ID '4f1zq8w2m0' not found",
  statusCode: 404,
};

export const error = errorFields
  .extend({ detail: errorFields })
  .meta({ id: 'Error', examples: [{ ...notFound, detail: notFound }] });

const MISSING_LANGUAGE = {
  error: 'INVALID_REQUEST',
  message: 'language: Field required',
  statusCode: 422,
  detail: [{ type: 'missing', loc: ['body', 'language'], msg: 'Field required' }],
};

/** The error of a body that lacks required fields. */
export const missingFields = error
  .extend({
    detail: z.array(z.object({ type: z.literal('missing'), loc: z.array(z.string()), msg: z.string() })),
  })
  .meta({ id: 'MissingFields', examples: [MISSING_LANGUAGE] });
