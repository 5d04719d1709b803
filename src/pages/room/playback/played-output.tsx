import type { RunFragment } from '../generated/graphql.ts';
import { Output } from '../runs/output.tsx';
import { Verdict } from '../runs/verdict.tsx';
import type { Streams } from '../shared/streams.ts';
import { texts } from '../shared/texts.ts';
import { usePlayedOutput } from './use-played-output.ts';

interface PlayedOutputProps {
  readonly run: RunFragment | null;
  readonly streams: Streams;
  /** Unix milliseconds. */
  readonly until: number;
}

/** The latest run at a moment, with what it had printed by then. */
export function PlayedOutput({ run, streams, until }: PlayedOutputProps) {
  return (
    <section className="runs" aria-label={texts.playback.output}>
      {run ? (
        <>
          <PlayedParts key={run.id} run={run} streams={streams} until={until} />
          <Verdict run={run} />
        </>
      ) : (
        <p className="muted empty">{texts.playback.noRun}</p>
      )}
    </section>
  );
}

function PlayedParts({ run, streams, until }: PlayedOutputProps & { readonly run: RunFragment }) {
  // All of it, where the run has ended: clocks of what is stored may differ by a little.
  const parts = usePlayedOutput(streams, run.id, run.finishedAt === null ? until : Number.POSITIVE_INFINITY);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by the keyboard.
    <div className="output" role="log" aria-label={texts.playback.output} tabIndex={0}>
      <Output parts={parts} />
    </div>
  );
}
