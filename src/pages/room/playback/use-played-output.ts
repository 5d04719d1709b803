import { useEffect, useMemo, useState } from 'react';
import { OutputDocument, type OutputSubscription } from '../generated/graphql.ts';
import { type OutputPart, withPart } from '../runs/use-output.ts';
import type { Streams } from '../shared/streams.ts';

type Piece = OutputSubscription['executionOutput'];

/** Returns what a run had printed until a time, in Unix milliseconds. */
export function usePlayedOutput(streams: Streams, id: string, until: number): readonly OutputPart[] {
  const [pieces, setPieces] = useState<readonly Piece[]>([]);
  useEffect(() => {
    let after = 0;
    return streams.follow({
      document: OutputDocument,
      variables: () => ({ id, after }),
      onData: ({ executionOutput: piece }) => {
        after = piece.seq;
        setPieces((known) => [...known, piece]);
      },
    });
  }, [streams, id]);
  const printed = pieces.findIndex(({ at }) => Date.parse(at) > until);
  const count = printed === -1 ? pieces.length : printed;
  return useMemo(() => pieces.slice(0, count).reduce(withPart, []), [pieces, count]);
}
