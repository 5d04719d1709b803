import { parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** The most characters of a document whose errors say where they are. */
const MAX_LOCATED = 10_000;

/**
 * Parses long documents without the places of their parts. An error with a place looks through all of the text before
 * it for its line, and an operation can have many errors. The text cannot be bounded instead: code may stand in it.
 */
export function useLocations(): Plugin {
  return {
    onParse: ({ params: { source }, setParseFn }) => {
      if (String(source).length > MAX_LOCATED) setParseFn((text) => parse(text, { noLocation: true }));
    },
  };
}
