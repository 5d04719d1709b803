import { useEffect, useRef, useState } from 'react';
import { CodeEditor, type CodeEditorHandle } from '../editor/code-editor.tsx';
import { useSharedDocument } from '../editor/use-shared-document.ts';
import { RunPanel } from '../runs/run-panel.tsx';
import { useStartRun } from '../runs/use-runs.ts';
import { useWaitingRuns } from '../runs/use-waiting-runs.ts';
import { createHttpClient, perform } from '../shared/api.ts';
import { Streams } from '../shared/streams.ts';
import { texts } from '../shared/texts.ts';
import { ConnectionSign } from './connection-sign.tsx';
import type { Inside } from './enter.ts';
import { Header } from './header.tsx';
import { Notice } from './notice.tsx';
import { rightsOf } from './rights.ts';
import { type RoomContext, RoomProvider } from './room-context.ts';
import { useConnection, usePresence, useRoomState } from './use-room.ts';

/** How much the browser's clock may be behind the server's. */
const CLOCK_SKEW_MS = 30_000;

interface RoomProps {
  readonly entry: Inside;
  /** Called when the member is no longer in the session, and whether that is because its time is over. */
  readonly onLeft: (isOver: boolean) => void;
}

/** A session as one of its members sees it. */
export function Room({ entry, onLeft }: RoomProps) {
  const { state, me, member } = entry;
  const [room] = useState(() => ({
    sessionId: state.id,
    member,
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
      <LiveRoom entry={entry} streams={room.streams} onLeft={onLeft} />
      <p role="alert" className="failure">
        {failure}
      </p>
    </RoomProvider>
  );
}

function LiveRoom({ entry, streams, onLeft }: RoomProps & { readonly streams: Streams }) {
  const { state, addRun } = useRoomState(streams, entry.state);
  const presence = usePresence(streams, state.id);
  const connection = useConnection(streams);
  const editor = useRef<CodeEditorHandle>(null);
  const document = useSharedDocument();
  useWaitingRuns(document.shared, state.runs, addRun);
  const me = state.users.find(({ id }) => id === entry.me.id);
  const rights = rightsOf(me ?? entry.me, state);
  const code = () => editor.current?.code() ?? '';
  const { start, error, chosen, choose } = useStartRun(state, rights.run, connection, addRun, code);
  const isOut = connection === 'refused' || !me;
  const { expiresAt } = state;
  useEffect(() => {
    if (isOut) onLeft(expiresAt !== null && Date.parse(expiresAt) - CLOCK_SKEW_MS < Date.now());
  }, [isOut, onLeft, expiresAt]);

  if (state.isDeleted) {
    return (
      <Notice title={texts.gate.deletedTitle} text={texts.gate.deleted}>
        <a href="/">{texts.gate.home}</a>
      </Notice>
    );
  }
  return (
    <div className="room">
      <Header state={state} presence={presence} rights={rights} />
      <main className="room-main">
        <h1 className="hidden">{texts.room.heading(state.id)}</h1>
        <CodeEditor ref={editor} document={document} state={state} rights={rights} onRun={start} />
        <RunPanel
          runs={state.runs}
          chosen={chosen}
          canRun={rights.run}
          onChoose={choose}
          onStart={start}
          error={error}
        />
      </main>
      <ConnectionSign state={connection} />
    </div>
  );
}
