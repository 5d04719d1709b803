import { useEffect, useState } from 'react';
import { OutputDocument, type OutputStream } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';

/** A piece of output from one stream of a program. */
export interface OutputPart {
  readonly stream: OutputStream;
  readonly text: string;
}

/** Returns what a run printed so far, while it prints it. */
export function useOutput(executionId: string): readonly OutputPart[] {
  const { streams } = useRoom();
  const [parts, setParts] = useState<readonly OutputPart[]>([]);
  useEffect(() => {
    let after = 0;
    return streams.follow({
      document: OutputDocument,
      variables: () => ({ id: executionId, after }),
      onData: ({ executionOutput: { seq, stream, text } }) => {
        after = seq;
        setParts((known) => withPart(known, { stream, text }));
      },
    });
  }, [streams, executionId]);
  return parts;
}

/** Returns the parts with one more, joined to the last one where it is of the same stream. */
export function withPart(parts: readonly OutputPart[], part: OutputPart): readonly OutputPart[] {
  const last = parts.at(-1);
  if (last?.stream !== part.stream) return [...parts, part];
  return [...parts.slice(0, -1), { ...last, text: last.text + part.text }];
}
