import { useEffect, useState } from 'react';

export const SPEEDS = [1, 2, 4, 8, 16] as const;

/** Moves a position through a playback of some milliseconds. */
export function usePlayer(duration: number) {
  const [time, setTime] = useState(0);
  const [speed, setSpeed] = useState<number>(1);
  const [isPlaying, setPlaying] = useState(false);
  const isAtEnd = time >= duration;
  useEffect(() => {
    if (!isPlaying) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function advance(now) {
      const passed = (now - last) * speed;
      last = now;
      setTime((before) => Math.min(before + passed, duration));
      frame = requestAnimationFrame(advance);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, speed, duration]);
  useEffect(() => {
    if (isAtEnd) setPlaying(false);
  }, [isAtEnd]);
  return {
    time,
    speed,
    isPlaying,
    setSpeed,
    seek: (to: number) => setTime(Math.min(Math.max(to, 0), duration)),
    toggle: () => {
      if (isAtEnd && !isPlaying) setTime(0);
      setPlaying(!isPlaying);
    },
  };
}
