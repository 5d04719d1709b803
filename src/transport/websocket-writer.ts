import type { WebSocket } from 'ws';
import { HIGH_WATER, MAX_HELD_BYTES, StallDetector } from './stall-detector.ts';

/**
 * Sends over a WebSocket at the pace of its reader, and pings it. The socket is cut when a ping is not answered
 * by the next one. A ping that waits behind held bytes proves nothing: then the bytes must become less.
 */
export class WebSocketWriter {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, heartbeatMs: number) {
    this.#socket = socket;
    const stall = new StallDetector();
    let answered = true;
    const heartbeat = setInterval(() => {
      const held = socket.bufferedAmount;
      if (stall.hasStopped(held) || (!answered && held === 0)) return socket.terminate();
      answered = held > 0;
      socket.ping();
    }, heartbeatMs);
    socket.on('pong', () => {
      answered = true;
    });
    socket.on('close', () => clearInterval(heartbeat));
  }

  /** Sends a message. Returns a promise to wait for when the reader is behind. */
  send(data: string | Uint8Array): Promise<void> | undefined {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return undefined;
    if (socket.bufferedAmount < HIGH_WATER) {
      socket.send(data);
      return undefined;
    }
    if (socket.bufferedAmount > MAX_HELD_BYTES) socket.terminate();
    return new Promise((resolve) => {
      socket.send(data, () => resolve());
    });
  }
}
