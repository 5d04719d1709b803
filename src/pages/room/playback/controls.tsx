import type { KeyboardEvent } from 'react';
import { formatClock, formatTime } from '../shared/format.ts';
import { texts } from '../shared/texts.ts';
import type { Moment } from './timeline.ts';
import { SPEEDS, type usePlayer } from './use-player.ts';

interface ControlsProps {
  readonly moments: readonly Moment[];
  readonly index: number;
  readonly player: ReturnType<typeof usePlayer>;
}

const STEPS: Partial<Record<string, number>> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

/** Plays, pauses, and moves to a moment; the arrow keys go from event to event. */
export function Controls({ moments, index, player }: ControlsProps) {
  const duration = moments.at(-1)?.time ?? 0;
  const moment = moments[index];
  if (!moment) return null;
  const position = texts.playback.event(moment.seq, moments.length);
  const step = (event: KeyboardEvent) => {
    const target = moments[index + (STEPS[event.key] ?? 0)];
    if (!target || target === moment) return;
    event.preventDefault();
    player.seek(target.time);
  };
  return (
    <section className="controls" aria-label={texts.playback.title}>
      <button type="button" className="primary" onClick={player.toggle}>
        {player.isPlaying ? texts.playback.pause : texts.playback.play}
      </button>
      <div className="track">
        <input
          type="range"
          min={0}
          max={duration}
          step="any"
          value={player.time}
          aria-label={texts.playback.position}
          aria-valuetext={`${position}, ${moment.label}`}
          onChange={({ target }) => player.seek(Number(target.value))}
          onKeyDown={step}
        />
        <Marks moments={moments} duration={duration} />
      </div>
      <span className="clock">
        {formatClock(player.time)} / {formatClock(duration)}
      </span>
      <select
        aria-label={texts.playback.speed}
        value={player.speed}
        onChange={({ target }) => player.setSpeed(Number(target.value))}
      >
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed}>
            {speed}×
          </option>
        ))}
      </select>
      <p className="moment">
        <strong>{moment.label}</strong>
        <span>{position}</span>
        <time dateTime={new Date(moment.at).toISOString()}>
          {formatTime(new Date(moment.at).toISOString())}
        </time>
      </p>
    </section>
  );
}

/** Where programs were run. */
function Marks({ moments, duration }: { readonly moments: readonly Moment[]; readonly duration: number }) {
  return moments
    .filter(({ isStart }) => isStart)
    .map(({ seq, time }) => (
      <span key={seq} className="mark" style={{ left: `${duration === 0 ? 0 : (time / duration) * 100}%` }} />
    ));
}
