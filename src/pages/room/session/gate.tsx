import { useEffect, useState } from 'react';
import { storedName, storeName } from '../shared/storage.ts';
import { texts } from '../shared/texts.ts';
import { type Entry, joinSession, openSession } from './enter.ts';
import { dropInvite, inviteOfLink } from './invite-link.ts';
import { NameForm } from './name-form.tsx';
import { Notice } from './notice.tsx';
import { Room } from './room.tsx';

/** Leads into a session: finds it, asks for a name where none is known, joins, and shows the room. */
export function Gate({ id }: { readonly id: string }) {
  const [entry, setEntry] = useState<Entry | 'left' | 'over' | null>(null);
  const enter = async (entering: Promise<Entry>) => {
    const entered = await entering;
    if (entered.kind === 'inside') dropInvite();
    setEntry(entered);
  };
  const join = (name: string) => enter(joinSession(id, name, inviteOfLink()));
  const open = async () => {
    const opening = openSession(id, inviteOfLink());
    const name = storedName();
    const isKnown = name !== '' && (await opening).kind === 'nameless';
    await (isKnown ? join(name) : enter(opening));
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
  if (entry === 'over') return <Notice title={texts.gate.overTitle} text={texts.gate.over} />;
  switch (entry.kind) {
    case 'inside':
      return <Room entry={entry} onLeft={(isOver) => setEntry(isOver ? 'over' : 'left')} />;
    case 'nameless':
      return (
        <Notice title={texts.gate.title}>
          <NameForm
            onName={async (name) => {
              storeName(name);
              await join(name);
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
    case 'uninvited':
    case 'badInvite':
      return (
        <Notice {...texts.gate.closed[entry.kind]}>
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
