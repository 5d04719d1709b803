import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { refuse } from './limits.ts';

/** Refuses a GET whose `variables` or `extensions` are not JSON, as they are not when they are given twice. */
export function useParameters(): Plugin {
  return {
    onRequestParse({ request: { method }, requestParser, setRequestParser }) {
      if (method !== 'GET' || !requestParser) return;
      setRequestParser((request) => {
        try {
          return requestParser(request);
        } catch {
          throw refuse(new GraphQLError('The parameters variables and extensions must be JSON, given once'));
        }
      });
    },
  };
}
