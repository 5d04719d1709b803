import './playback.css';
import { Brand } from '../shared/brand.tsx';
import type { Streams } from '../shared/streams.ts';
import { texts } from '../shared/texts.ts';
import { Controls } from './controls.tsx';
import { PlayedCode } from './played-code.tsx';
import { PlayedOutput } from './played-output.tsx';
import { indexAt, type Moment } from './timeline.ts';
import { usePlayer } from './use-player.ts';

interface PlayerProps {
  readonly id: string;
  readonly moments: readonly Moment[];
  readonly streams: Streams;
}

export function Player({ id, moments, streams }: PlayerProps) {
  const player = usePlayer(moments.at(-1)?.time ?? 0);
  const index = indexAt(moments, player.time);
  const moment = moments[index];
  if (!moment) return null;
  return (
    <div className="room playback">
      <header className="room-header">
        <Brand />
        <h1>{texts.playback.title}</h1>
        <span className="badge">{texts.languages[moment.language]}</span>
        {moment.status === 'COMPLETED' && <span className="badge">{texts.room.completed}</span>}
        <a className="back" href={`/s/${id}`}>
          {texts.playback.back}
        </a>
      </header>
      <main className="room-main">
        <PlayedCode code={moment.code} language={moment.language} />
        <PlayedOutput run={moment.run} streams={streams} until={moment.at + player.time - moment.time} />
        <Controls moments={moments} index={index} player={player} />
      </main>
    </div>
  );
}
