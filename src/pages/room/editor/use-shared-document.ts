import { useEffect, useState } from 'react';
import { useRoom } from '../session/room-context.ts';
import { type DocumentState, SharedDocument } from './shared-document.ts';

/** Opens the shared document of the session. It is opened anew when the server began a new one. */
export function useSharedDocument(): { shared: SharedDocument | null; state: DocumentState } {
  const { member } = useRoom();
  const [shared, setShared] = useState<SharedDocument | null>(null);
  const [state, setState] = useState<DocumentState>('away');
  const [opened, setOpened] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `opened` says that the document is to be opened anew.
  useEffect(() => {
    const next = new SharedDocument(member, (changed) => {
      setState(changed);
      if (changed === 'reset') setOpened((times) => times + 1);
    });
    setShared(next);
    setState('away');
    return () => next.close();
  }, [member, opened]);
  return { shared, state };
}
