import { expect, test } from 'vitest';
import { LiveDocuments } from '../../src/documents/live-documents.ts';

test('a document is the same one until everybody who held it has let go', () => {
  const documents = new LiveDocuments();
  const document = documents.of('session');
  const [releaseFirst, releaseSecond] = [documents.hold('session'), documents.hold('session')];
  releaseFirst();
  fillMemory(documents);
  expect(documents.of('session')).toBe(document);
  releaseSecond();
  expect(documents.of('session')).toBe(document);
  fillMemory(documents);
  expect(documents.of('session')).not.toBe(document);
});

/** More documents than are kept while nobody holds them. */
function fillMemory(documents: LiveDocuments): void {
  for (let i = 0; i < 100_000; i += 1) documents.of(`other ${i}`);
}
