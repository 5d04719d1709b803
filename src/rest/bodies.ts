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
