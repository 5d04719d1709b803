import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/** Characters of the documents that are kept, each of which takes about 100 bytes: clients send the same few again and again. */
const KEPT_CHARACTERS = 500_000;

/** The documents that have passed every check of the pipeline, by their text, on which alone it depends. */
export class KnownDocuments {
  readonly #valid = new LRUCache<string, DocumentNode>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_document, text) => Math.max(1, text.length),
  });
  readonly #texts = new WeakMap<object, string>();

  get(text: string): DocumentNode | undefined {
    return this.#valid.get(text);
  }

  /** Sees what is parsed and validated, whichever transport brought it. */
  readonly plugin: Plugin = {
    onParse:
      ({ params: { source } }) =>
      ({ result }) => {
        if (!(result instanceof Error)) this.#texts.set(result, String(source));
      },
    onValidate:
      ({ params: { documentAST } }) =>
      ({ valid }) => {
        const text = this.#texts.get(documentAST);
        if (valid && text !== undefined) this.#valid.set(text, documentAST);
      },
  };
}
