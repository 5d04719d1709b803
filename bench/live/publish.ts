import { setTimeout as pause } from 'node:timers/promises';

/** Publishes an event in a room; resolves when the server has answered. */
export type Publish = (room: string, turn: number) => Promise<void>;

const headers = { 'content-type': 'application/json' };

/** Changes the code of a session over REST. */
export function changeSession(url: string): Publish {
  return async (room, turn) => {
    const body = JSON.stringify({ code: codeOf(turn) });
    const response = await fetch(`${url}/api/v1/sessions/${room}`, { method: 'PATCH', headers, body });
    if (!response.ok) throw new Error(`An update was refused: ${response.status}`);
    await response.arrayBuffer();
  };
}

/** Posts what the product's subscribers got, with another number and code. */
export function broadcast(url: string, message: string): Publish {
  return async (room, turn) => {
    const body = message
      .replace(/"seq":\d+/, `"seq":${turn + 2}`)
      .replace(/code \d+/, codeOf(turn).slice(0, 11));
    await (await fetch(`${url}/${room}`, { method: 'POST', headers, body })).arrayBuffer();
  };
}

/** A program of a kilobyte that differs each turn and never in length. */
function codeOf(turn: number): string {
  return `code ${String(turn).padStart(6, '0')} ${'x'.repeat(1_000)}`;
}

/** Publishes at a steady pace, in each room in turn. */
export async function paced(publish: Publish, rooms: readonly string[], perSecond: number, seconds: number) {
  const pending: Promise<void>[] = [];
  const start = performance.now();
  for (let turn = 0; turn < perSecond * seconds; turn += 1) {
    const wait = start + (turn * 1_000) / perSecond - performance.now();
    if (wait > 0) await pause(wait);
    pending.push(publish(rooms[turn % rooms.length] ?? '', turn));
  }
  await Promise.all(pending);
}

/** Publishes in one room for so long, a new event as soon as one of two has been answered. */
export async function flood(publish: Publish, room: string, seconds: number): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  let turn = 0;
  const writer = async () => {
    while (performance.now() < end) {
      turn += 1;
      await publish(room, turn);
    }
  };
  await Promise.all([writer(), writer()]);
}
