import { Output } from '../runs/output.tsx';
import { Verdict } from '../runs/verdict.tsx';
import { texts } from '../shared/texts.ts';
import type { PlayedRun } from './timeline.ts';

/** The latest run at a moment. */
export function PlayedOutput({ played }: { readonly played: PlayedRun | null }) {
  return (
    <section className="runs" aria-label={texts.playback.output}>
      {played ? (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by the keyboard. */}
          <div className="output" role="log" aria-label={texts.playback.output} tabIndex={0}>
            <Output parts={played.output} />
          </div>
          <Verdict run={played.run} />
        </>
      ) : (
        <p className="muted empty">{texts.playback.noRun}</p>
      )}
    </section>
  );
}
