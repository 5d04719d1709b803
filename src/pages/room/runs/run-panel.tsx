import { useRef } from 'react';
import type { RunFragment } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { RunHistory } from './run-history.tsx';
import { RunView } from './run-view.tsx';
import { StopButton } from './stop-button.tsx';

interface RunPanelProps {
  readonly runs: readonly RunFragment[];
  readonly chosen: RunFragment | null;
  readonly canRun: boolean;
  readonly onChoose: (id: string) => void;
  readonly onStart: () => void;
  /** Why the last start failed; empty when it did not. */
  readonly error: string;
}

/** Runs the program, and shows one run and the list of all. */
export function RunPanel({ runs, chosen, canRun, onChoose, onStart, error }: RunPanelProps) {
  const runButton = useRef<HTMLButtonElement>(null);
  const inFlight = chosen?.finishedAt === null ? chosen : null;
  return (
    <section className="runs" aria-label={texts.runs.heading}>
      <div className="runs-bar">
        <button
          ref={runButton}
          type="button"
          className="primary"
          disabled={!canRun}
          onClick={onStart}
          aria-keyshortcuts="Control+Enter Meta+Enter"
        >
          <span aria-hidden="true">▶</span> {texts.runs.run} <kbd>{texts.runs.runKeys}</kbd>
        </button>
        {inFlight && canRun && <StopButton id={inFlight.id} heir={runButton} />}
        <RunHistory runs={runs} chosen={chosen} onChoose={onChoose} />
      </div>
      {error !== '' && (
        <p role="alert" className="runs-error">
          {error}
        </p>
      )}
      {chosen ? (
        <RunView key={chosen.id} run={chosen} canWrite={canRun} heir={runButton} />
      ) : (
        <p className="muted empty">{texts.runs.nothingYet}</p>
      )}
    </section>
  );
}
