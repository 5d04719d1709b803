import { useEffect, useState } from 'react';
import { Notice } from '../session/notice.tsx';
import { createHttpClient } from '../shared/api.ts';
import { storedMember } from '../shared/storage.ts';
import { Streams } from '../shared/streams.ts';
import { texts } from '../shared/texts.ts';
import { loadLog } from './load.ts';
import { Player } from './player.tsx';
import { type Moment, toMoments } from './timeline.ts';

type Loaded = readonly Moment[] | 'missing' | 'uninvited' | 'failed';

/** Shows a session as it was at each moment, from its log. */
export default function Playback({ id }: { readonly id: string }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [streams] = useState(() => new Streams(storedMember(id)));
  useEffect(() => () => streams.close(), [streams]);
  useEffect(() => {
    loadLog(createHttpClient(storedMember(id)), id).then(
      (events) => setLoaded(typeof events === 'string' ? events : toMoments(events)),
      () => setLoaded('failed'),
    );
  }, [id]);
  if (loaded === null) return <Notice title={texts.playback.loading} />;
  if (loaded === 'failed') return <Notice title={texts.gate.failedTitle} text={texts.errors.network} />;
  if (loaded === 'missing' || loaded === 'uninvited') {
    return (
      <Notice {...texts.gate.closed[loaded]}>
        <a href="/">{texts.gate.home}</a>
      </Notice>
    );
  }
  return <Player id={id} moments={loaded} streams={streams} />;
}
