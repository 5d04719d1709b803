import { keymap } from '@codemirror/view';
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react';
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next';
import { CodeDocument, type SessionStatus } from '../generated/graphql.ts';
import type { Rights } from '../session/rights.ts';
import { useRoom } from '../session/room-context.ts';
import type { RoomState } from '../session/room-state.ts';
import { texts } from '../shared/texts.ts';
import { createEditor, type Editor } from './editor-view.ts';
import { remoteCursors } from './remote-cursors.ts';
import type { DocumentState } from './shared-document.ts';
import { reportTyping } from './typing.ts';
import type { useSharedDocument } from './use-shared-document.ts';

export interface CodeEditorHandle {
  /** Returns the program as the editor shows it. */
  code(): string;
}

interface CodeEditorProps {
  readonly ref: Ref<CodeEditorHandle>;
  readonly document: ReturnType<typeof useSharedDocument>;
  readonly state: RoomState;
  readonly rights: Rights;
  readonly onRun: () => void;
}

/** The program: edited through the shared document, shown as it is stored while that is not there. */
export function CodeEditor({ ref, document, state: { language, status }, rights, onRun }: CodeEditorProps) {
  const { client, me, member, sessionId, streams } = useRoom();
  const { shared, state } = document;
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(null);
  const run = useRef(onRun);
  run.current = onRun;
  useImperativeHandle(ref, () => ({ code: () => editor.current?.view.state.doc.toString() ?? '' }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: the language is set by the effect after it.
  useEffect(() => {
    if (!host.current) return;
    const created = createEditor(host.current, language, () => run.current());
    editor.current = created;
    created.view.focus();
    return () => created.view.destroy();
  }, []);
  useEffect(() => editor.current?.setLanguage(language), [language]);

  const isShared = shared !== null && state === 'synced';
  const isEditable = isShared && rights.edit;
  useEffect(() => {
    if (!shared || !isShared) return;
    shared.awareness.setLocalStateField('user', { name: me.name, color: me.color });
    editor.current?.setSource(shared.text.toString(), [
      yCollab(shared.text, null, { undoManager: shared.undo }),
      keymap.of(yUndoManagerKeymap),
      remoteCursors(shared.text, shared.awareness),
      reportTyping(client, member),
    ]);
  }, [shared, isShared, me, client, member]);
  useEffect(() => editor.current?.setReadOnly(!isEditable), [isEditable]);
  // A text that the server did not take stays in sight: there is no other copy of it.
  const isStored = !isShared && state !== 'tooLong';
  useEffect(() => {
    if (!isStored) return;
    return streams.follow({
      document: CodeDocument,
      variables: () => ({ id: sessionId }),
      onData: ({ session }) => editor.current?.setSource(session.code, []),
    });
  }, [isStored, streams, sessionId]);

  const note = whyReadOnly(state, rights, status);
  return (
    <section className="editor" aria-label={texts.editor.name}>
      <div ref={host} className="editor-host" />
      {note !== null && <p className="editor-note">{note}</p>}
    </section>
  );
}

/** Returns why the member cannot edit; null where that is plain to see, or they can. */
function whyReadOnly(state: DocumentState, { edit, observe }: Rights, status: SessionStatus): string | null {
  switch (state) {
    case 'tooLong':
      return texts.editor.tooLong;
    case 'refused':
      return texts.editor.refused;
    case 'away':
    case 'reset':
      return texts.editor.readOnlyWhy;
    case 'synced':
      if (edit || status === 'COMPLETED') return null;
      return observe ? texts.editor.observing : texts.editor.locked;
  }
}
