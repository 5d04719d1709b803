import { useCallback, useEffect, useReducer, useState, useSyncExternalStore } from 'react';
import {
  EventsDocument,
  PresenceDocument,
  type PresenceSubscription,
  type RunFragment,
} from '../generated/graphql.ts';
import type { ConnectionState, Streams } from '../shared/streams.ts';
import { afterEvent, type RoomEvent, type RoomState, withRun } from './room-state.ts';

export type Presence = PresenceSubscription['presence']['users'][number];

type Action = { readonly event: RoomEvent } | { readonly run: RunFragment };

const reduce = (state: RoomState, action: Action): RoomState =>
  'event' in action ? afterEvent(state, action.event) : { ...state, runs: withRun(state.runs, action.run) };

/** Keeps the state of a session up to date by its events. */
export function useRoomState(streams: Streams, initial: RoomState) {
  const [state, dispatch] = useReducer(reduce, initial);
  useEffect(() => {
    let after = initial.seq;
    return streams.follow({
      document: EventsDocument,
      variables: () => ({ id: initial.id, after }),
      onData: ({ sessionEvents: event }) => {
        after = event.seq;
        dispatch({ event });
      },
      onEnd: (code) => {
        // The log is another one: the database was restored.
        if (code === 'INVALID_REQUEST') location.reload();
        else dispatch({ event: { __typename: 'SessionDeleted', seq: Number.POSITIVE_INFINITY, at: '' } });
      },
    });
  }, [streams, initial]);
  const addRun = useCallback((run: RunFragment) => dispatch({ run }), []);
  return { state, addRun };
}

/** Returns who is online and what they do. */
export function usePresence(streams: Streams, id: string): readonly Presence[] {
  const [users, setUsers] = useState<readonly Presence[]>([]);
  useEffect(
    () =>
      streams.follow({
        document: PresenceDocument,
        variables: () => ({ id }),
        onData: ({ presence }) => setUsers(presence.users),
      }),
    [streams, id],
  );
  return users;
}

export function useConnection(streams: Streams): ConnectionState {
  return useSyncExternalStore(streams.onChange, () => streams.state);
}
