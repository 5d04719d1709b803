import { useState } from 'react';
import { type RunFragment, StartRunDocument } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';
import type { RoomState } from '../session/room-state.ts';
import { texts } from '../shared/texts.ts';

/** Starts the program, and knows which run is shown: the newest one, until another is chosen. */
export function useStartRun(state: RoomState, addRun: (run: RunFragment) => void, code: () => string) {
  const { client, sessionId } = useRoom();
  const [error, setError] = useState('');
  const [chosenId, choose] = useState<string | null>(null);
  const chosen = state.runs.find(({ id }) => id === chosenId) ?? state.runs[0] ?? null;
  const start = async () => {
    const input = { sessionId, language: state.language, code: code() };
    const { data } = await client.mutation(StartRunDocument, { input });
    const result = data?.startExecution;
    if (result && 'execution' in result) {
      addRun(result.execution);
      choose(null);
      setError('');
    } else {
      setError(result?.message ?? texts.errors.network);
    }
  };
  return { start, error, chosen, choose };
}
