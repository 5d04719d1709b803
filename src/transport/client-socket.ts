import { WebSocket } from 'ws';
import { HIGH_WATER, MAX_HELD_BYTES, StallDetector } from './stall-detector.ts';

/** The server's side of a WebSocket. */
export class ClientSocket extends WebSocket {
  readonly #stall = new StallDetector();
  #hasAnswered = true;

  /**
   * To be called at each heartbeat. Pings the client, and cuts the socket when it has not answered the last ping. A ping
   * that waits behind held bytes proves nothing: then the bytes must become less.
   */
  beat(): void {
    const held = this.bufferedAmount;
    const isSilent = !this.#hasAnswered && held === 0;
    this.#hasAnswered = held > 0;
    if (this.#stall.hasStopped(held) || isSilent) this.terminate();
    else this.ping();
  }

  /** Says that the client has answered a ping. */
  answered(): void {
    this.#hasAnswered = true;
  }

  /** Sends a message. Returns a promise to wait for when the reader is behind. */
  deliver(data: string | Uint8Array): Promise<void> | undefined {
    if (this.readyState !== this.OPEN) return undefined;
    if (this.bufferedAmount < HIGH_WATER) {
      this.send(data);
      return undefined;
    }
    if (this.bufferedAmount > MAX_HELD_BYTES) this.terminate();
    return new Promise((resolve) => {
      this.send(data, () => resolve());
    });
  }
}
