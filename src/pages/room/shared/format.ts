const SECOND = 1_000;
const UNITS = ['bytes', 'kB', 'MB', 'GB'] as const;

/** `12 ms`, `3.4 s` */
export function formatMs(ms: number): string {
  return ms < SECOND ? `${Math.round(ms)} ms` : `${(ms / SECOND).toFixed(1)} s`;
}

/** `512 bytes`, `9.8 MB` */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

/** `1:05`, `1:02:09` */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / SECOND);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':');
}

const TIME = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hour12: false });

/** `14:03:27` */
export function formatTime(at: string): string {
  return TIME.format(new Date(at));
}
