import { useMemo, useState } from 'react';
import { texts } from '../shared/texts.ts';
import { AnsiText } from './ansi-text.tsx';
import { fold } from './fold.ts';
import type { OutputPart } from './use-output.ts';

interface OutputProps {
  readonly parts: readonly OutputPart[];
}

/** What a program printed, with the middle of long output folded. */
export function Output({ parts }: OutputProps) {
  const [isOpen, setOpen] = useState(false);
  const folded = useMemo(() => fold(parts), [parts]);
  const isFolded = folded.hiddenLines > 0 && !isOpen;
  return (
    <>
      <Parts parts={isFolded ? folded.head : parts} />
      {folded.hiddenLines > 0 && (
        <button type="button" className="fold" onClick={() => setOpen(!isOpen)}>
          {isOpen ? texts.runs.fold : texts.runs.showAll(folded.hiddenLines)}
        </button>
      )}
      {isFolded && <Parts parts={folded.tail} />}
    </>
  );
}

function Parts({ parts }: OutputProps) {
  return parts.map(({ stream, text }, index) => (
    <pre
      // biome-ignore lint/suspicious/noArrayIndexKey: parts are only ever appended.
      key={index}
      className={stream === 'STDERR' ? 'stderr' : 'stdout'}
    >
      {stream === 'STDERR' && <span className="hidden">{texts.runs.stderr}: </span>}
      <AnsiText text={text} />
    </pre>
  ));
}
