import type { RunFragment } from '../generated/graphql.ts';
import { formatBytes, formatMs } from '../shared/format.ts';
import { texts } from '../shared/texts.ts';

/** Less than this is what any program takes, and what changes by chance. */
const TOLD_BYTES = 1_000_000;

type Tone = 'waiting' | 'running' | 'good' | 'bad' | 'stopped';

/** Returns how the status of a run is coloured. */
function toneOf({ status }: RunFragment): Tone {
  switch (status) {
    case 'QUEUED':
      return 'waiting';
    case 'RUNNING':
      return 'running';
    case 'SUCCEEDED':
      return 'good';
    case 'CANCELLED':
      return 'stopped';
    default:
      return 'bad';
  }
}

/** How a run ended, in words, with what it took. */
export function Verdict({ run }: { readonly run: RunFragment }) {
  const { status, executionTime, memoryPeak, exitCode, error, droppedBytes, startedBy } = run;
  // The peak is of samples: one that went beyond the limit is often not among them.
  const isPeakTold = memoryPeak !== null && memoryPeak >= TOLD_BYTES && status !== 'MEMORY_LIMIT';
  const facts = [
    startedBy?.name != null && texts.runs.startedBy(startedBy.name),
    executionTime !== null && formatMs(executionTime),
    isPeakTold && texts.runs.peak(formatBytes(memoryPeak)),
    exitCode !== null && exitCode !== 0 && texts.runs.exitCode(exitCode),
  ].filter((fact) => fact !== false);
  return (
    <div className="verdict" data-tone={toneOf(run)}>
      <p role="status">
        <strong>{texts.runs.verdicts[status]}</strong>
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {error !== null && status !== 'FAILED' && status !== 'CANCELLED' && <p>{error}</p>}
      {droppedBytes > 0 && <p>{texts.runs.dropped(formatBytes(droppedBytes))}</p>}
    </div>
  );
}
