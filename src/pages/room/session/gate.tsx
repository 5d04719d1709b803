import { useEffect, useState } from 'react';
import { createHttpClient } from '../shared/api.ts';
import { storedName, storeName } from '../shared/storage.ts';
import { texts } from '../shared/texts.ts';
import { type Entry, joinSession, openSession } from './enter.ts';
import { NameForm } from './name-form.tsx';
import { Notice } from './notice.tsx';
import { Room } from './room.tsx';

const anonymous = createHttpClient(null);

/** Leads into a session: finds it, asks for a name where none is known, joins, and shows the room. */
export function Gate({ id }: { readonly id: string }) {
  const [entry, setEntry] = useState<Entry | 'left' | null>(null);
  const open = async () => {
    const opened = await openSession(anonymous, id);
    const name = storedName();
    const isKnown = opened.kind === 'nameless' && name !== '';
    setEntry(isKnown ? await joinSession(anonymous, opened.state, name) : opened);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page has one session, opened once.
  useEffect(() => void open(), []);

  if (entry === null) return <Notice title={texts.gate.loading} />;
  if (entry === 'left') {
    return (
      <Notice title={texts.gate.leftTitle} text={texts.gate.left}>
        <Retry onPress={open} text={texts.gate.rejoin} />
      </Notice>
    );
  }
  switch (entry.kind) {
    case 'inside':
      return <Room initial={entry.state} me={entry.me} onLeft={() => setEntry('left')} />;
    case 'nameless':
      return (
        <Notice title={texts.gate.title}>
          <NameForm
            onName={async (name) => {
              storeName(name);
              setEntry(await joinSession(anonymous, entry.state, name));
            }}
          />
        </Notice>
      );
    case 'full':
      return (
        <Notice title={texts.gate.fullTitle} text={texts.gate.full}>
          <Retry onPress={open} text={texts.gate.retry} />
          <a href={`/s/${id}/playback`}>{texts.gate.watchPlayback}</a>
        </Notice>
      );
    case 'missing':
      return (
        <Notice title={texts.gate.missingTitle} text={texts.gate.missing}>
          <a href="/">{texts.gate.home}</a>
        </Notice>
      );
    case 'failed':
      return (
        <Notice title={texts.gate.failedTitle} text={entry.message}>
          <Retry onPress={open} text={texts.gate.retry} />
        </Notice>
      );
  }
}

function Retry({ text, onPress }: { readonly text: string; readonly onPress: () => void }) {
  return (
    <button type="button" className="primary" onClick={onPress}>
      {text}
    </button>
  );
}
