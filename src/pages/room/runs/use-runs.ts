import { useEffect, useState } from 'react';
import { type RunFragment, StartRunDocument } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';
import type { RoomState } from '../session/room-state.ts';
import { messageOf } from '../shared/api.ts';
import type { ConnectionState } from '../shared/streams.ts';

/** Starts the program, and knows which run is shown: the newest one, until another is chosen. */
export function useStartRun(
  state: RoomState,
  canRun: boolean,
  connection: ConnectionState,
  addRun: (run: RunFragment) => void,
  code: () => string,
) {
  const { client, sessionId } = useRoom();
  const [error, setError] = useState('');
  const [chosenId, choose] = useState<string | null>(null);
  const chosen = state.runs.find(({ id }) => id === chosenId) ?? state.runs[0] ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: with other rights another start may end differently.
  useEffect(() => {
    if (connection === 'connected') setError('');
  }, [connection, canRun]);
  const start = async () => {
    if (!canRun) return;
    setError('');
    const input = { sessionId, language: state.language, code: code() };
    const { data, error: failure } = await client.mutation(StartRunDocument, { input });
    if (!data) return setError(messageOf(failure));
    const result = data.startExecution;
    if (!('execution' in result)) return setError(result.message);
    addRun(result.execution);
    choose(null);
  };
  return { start, error, chosen, choose };
}
