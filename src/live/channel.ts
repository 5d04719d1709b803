import type { WebSocket } from 'ws';
import { HIGH_WATER, MAX_HELD_BYTES, Pace } from './pace.ts';

/**
 * Sends over a WebSocket at the pace of its reader, and pings it. It is cut when a ping is not answered by the
 * next one; a ping that waits behind held bytes proves nothing, so then what counts is that these become less.
 */
export class Channel {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, heartbeatMs: number) {
    this.#socket = socket;
    const pace = new Pace();
    let answered = true;
    const heartbeat = setInterval(() => {
      const held = socket.bufferedAmount;
      if (pace.hasStopped(held) || (!answered && held === 0)) return socket.terminate();
      answered = held > 0;
      socket.ping();
    }, heartbeatMs);
    socket.on('pong', () => {
      answered = true;
    });
    socket.once('close', () => clearInterval(heartbeat));
  }

  /** Sends a text; answers a promise to wait for when as much is held for the reader as may be. */
  send(text: string): Promise<void> | undefined {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return undefined;
    if (socket.bufferedAmount < HIGH_WATER) {
      socket.send(text);
      return undefined;
    }
    if (socket.bufferedAmount > MAX_HELD_BYTES) socket.terminate();
    return new Promise((resolve) => {
      socket.send(text, () => resolve());
    });
  }
}
