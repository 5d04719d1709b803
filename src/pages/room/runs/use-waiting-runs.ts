import { useEffect } from 'react';
import type { SharedDocument } from '../editor/shared-document.ts';
import { type RunFragment, WaitingRunDocument } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';

/** The field of the awareness state that names a run which waits for its turn. */
const FIELD = 'waitingRun';

/** Shows to the others that a run waits, and learns of theirs: the log tells of a run when it starts. */
export function useWaitingRuns(
  shared: SharedDocument | null,
  runs: readonly RunFragment[],
  addRun: (run: RunFragment) => void,
): void {
  const { client, sessionId } = useRoom();
  const waiting = runs.find(({ status }) => status === 'QUEUED')?.id ?? null;
  useEffect(() => shared?.awareness.setLocalStateField(FIELD, waiting), [shared, waiting]);
  useEffect(() => {
    if (!shared) return;
    const known = new Set<unknown>();
    const look = async () => {
      for (const { [FIELD]: id } of shared.awareness.getStates().values()) {
        if (typeof id !== 'string' || known.has(id)) continue;
        known.add(id);
        const { data } = await client.query(WaitingRunDocument, { id });
        // Others choose what they show: it may be of another session.
        if (data?.execution?.session?.id === sessionId) addRun(data.execution);
      }
    };
    const onChange = () => void look();
    shared.awareness.on('change', onChange);
    return () => shared.awareness.off('change', onChange);
  }, [shared, client, sessionId, addRun]);
}
