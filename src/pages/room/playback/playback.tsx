import { useEffect, useState } from 'react';
import { Notice } from '../session/notice.tsx';
import { createHttpClient } from '../shared/api.ts';
import { texts } from '../shared/texts.ts';
import { loadLog } from './load.ts';
import { Player } from './player.tsx';
import { type Moment, toMoments } from './timeline.ts';

type Loaded = readonly Moment[] | 'missing' | 'failed';

/** Shows a session as it was at each moment, from its log. */
export default function Playback({ id }: { readonly id: string }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useEffect(() => {
    loadLog(createHttpClient(null), id).then(
      (events) => setLoaded(events ? toMoments(events) : 'missing'),
      () => setLoaded('failed'),
    );
  }, [id]);
  if (loaded === null) return <Notice title={texts.playback.loading} />;
  if (loaded === 'failed') return <Notice title={texts.gate.failedTitle} text={texts.errors.network} />;
  if (loaded === 'missing') {
    return (
      <Notice title={texts.gate.missingTitle} text={texts.gate.missing}>
        <a href="/">{texts.gate.home}</a>
      </Notice>
    );
  }
  return <Player id={id} moments={loaded} />;
}
