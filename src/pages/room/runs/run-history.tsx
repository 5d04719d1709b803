import type { RunFragment } from '../generated/graphql.ts';
import { formatTime } from '../shared/format.ts';
import { texts } from '../shared/texts.ts';

interface RunHistoryProps {
  readonly runs: readonly RunFragment[];
  readonly chosen: RunFragment | null;
  readonly onChoose: (id: string) => void;
}

/** Chooses which of the runs so far is shown. */
export function RunHistory({ runs, chosen, onChoose }: RunHistoryProps) {
  if (runs.length === 0) return null;
  return (
    <select
      className="history"
      aria-label={texts.runs.history}
      value={chosen?.id}
      onChange={({ target }) => onChoose(target.value)}
    >
      {runs.map((run) => (
        <option key={run.id} value={run.id}>
          {[
            formatTime(run.createdAt),
            texts.languages[run.language],
            run.startedBy?.name ?? '',
            texts.runs.verdicts[run.status],
          ]
            .filter((part) => part !== '')
            .join(' · ')}
        </option>
      ))}
    </select>
  );
}
