import { useEffect, useRef, useState } from 'react';
import { CodeEditor, type CodeEditorHandle } from '../editor/code-editor.tsx';
import type { MemberFragment } from '../generated/graphql.ts';
import { RunPanel } from '../runs/run-panel.tsx';
import { useStartRun } from '../runs/use-runs.ts';
import { createHttpClient, perform } from '../shared/api.ts';
import { Streams } from '../shared/streams.ts';
import { texts } from '../shared/texts.ts';
import { ConnectionSign } from './connection-sign.tsx';
import { Header } from './header.tsx';
import { Notice } from './notice.tsx';
import { type RoomContext, RoomProvider } from './room-context.ts';
import type { RoomState } from './room-state.ts';
import { useConnection, usePresence, useRoomState } from './use-room.ts';

interface RoomProps {
  readonly initial: RoomState;
  readonly me: MemberFragment;
  /** Called when the member is no longer in the session. */
  readonly onLeft: () => void;
}

/** A session as one of its members sees it. */
export function Room({ initial, me, onLeft }: RoomProps) {
  const member = { sessionId: initial.id, userId: me.id };
  const [room] = useState(() => ({
    sessionId: initial.id,
    me,
    client: createHttpClient(member),
    streams: new Streams(member),
  }));
  const [failure, setFailure] = useState('');
  const act: RoomContext['act'] = async (document, variables) =>
    setFailure(await perform(room.client, document, variables));
  useEffect(() => () => room.streams.close(), [room]);
  return (
    <RoomProvider value={{ ...room, act }}>
      <LiveRoom initial={initial} me={me} streams={room.streams} onLeft={onLeft} />
      <p role="alert" className="failure">
        {failure}
      </p>
    </RoomProvider>
  );
}

function LiveRoom({ initial, me, streams, onLeft }: RoomProps & { readonly streams: Streams }) {
  const { state, addRun } = useRoomState(streams, initial);
  const presence = usePresence(streams, initial.id);
  const connection = useConnection(streams);
  const editor = useRef<CodeEditorHandle>(null);
  const { start, error, chosen, choose } = useStartRun(state, addRun, () => editor.current?.code() ?? '');
  const hasJoined = useRef(false);
  const isMember = state.users.some(({ id }) => id === me.id);
  if (isMember) hasJoined.current = true;
  const isOut = connection === 'refused' || (hasJoined.current && !isMember);
  useEffect(() => {
    if (isOut) onLeft();
  }, [isOut, onLeft]);

  if (state.isDeleted) {
    return (
      <Notice title={texts.gate.deletedTitle} text={texts.gate.deleted}>
        <a href="/">{texts.gate.home}</a>
      </Notice>
    );
  }
  const isActive = state.status === 'ACTIVE';
  return (
    <div className="room">
      <Header state={state} presence={presence} />
      <main className="room-main">
        <h1 className="hidden">{texts.room.heading(state.id)}</h1>
        <CodeEditor ref={editor} language={state.language} isActive={isActive} onRun={start} />
        <RunPanel runs={state.runs} chosen={chosen} onChoose={choose} onStart={start} error={error} />
      </main>
      <ConnectionSign state={connection} />
    </div>
  );
}
