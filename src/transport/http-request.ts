import { IncomingMessage } from 'node:http';

/**
 * A request that leaves HTTP for a WebSocket alone. Node asks `upgrade` where somebody listens for upgrades. A client that
 * offers another protocol, as Java's and curl's do with HTTP/2, is answered over HTTP/1.1 (RFC 9110, 7.8).
 */
export class HttpRequest extends IncomingMessage {
  private asksForUpgrade = false;

  get upgrade(): boolean {
    return this.asksForUpgrade && this.headers.upgrade?.toLowerCase() === 'websocket';
  }

  set upgrade(asksForUpgrade: boolean) {
    this.asksForUpgrade = asksForUpgrade;
  }
}
