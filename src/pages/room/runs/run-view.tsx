import { type RefObject, useEffect, useRef } from 'react';
import type { RunFragment } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { Output } from './output.tsx';
import { StdinForm } from './stdin-form.tsx';
import { useOutput } from './use-output.ts';
import { Verdict } from './verdict.tsx';

/** Pixels from the end within which new output is scrolled to. */
const NEAR_END = 40;

interface RunViewProps {
  readonly run: RunFragment;
  /** Whether this member may give it input. */
  readonly canWrite: boolean;
  /** Has the focus after the input, which vanishes with the end of the run. */
  readonly heir: RefObject<HTMLElement | null>;
}

/** One run: what it printed, what it is told, how it ended. */
export function RunView({ run, canWrite, heir }: RunViewProps) {
  const parts = useOutput(run.id);
  const log = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls after each piece of output.
  useEffect(() => {
    if (log.current && isAtEnd.current) log.current.scrollTop = log.current.scrollHeight;
  }, [parts]);
  const isOver = run.finishedAt !== null;
  return (
    <>
      <div
        className="output"
        role="log"
        aria-label={texts.runs.heading}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by the keyboard.
        tabIndex={0}
        ref={log}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
        }}
      >
        <Output parts={parts} />
        {isOver && parts.length === 0 && <p className="muted">{texts.runs.noOutput}</p>}
      </div>
      {!isOver && canWrite && <StdinForm id={run.id} heir={heir} />}
      <Verdict run={run} />
    </>
  );
}
