import type { IncomingMessage } from 'node:http';

/**
 * Reads on to the end of a body that is refused as too large, so that a client that writes before it reads sees
 * the reply. Stops at `maxBytes`, or when the connection closes.
 */
export function discardBody(request: IncomingMessage, maxBytes: number): Promise<void> {
  return new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) return resolve();
    let read = 0;
    request.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read > maxBytes) resolve();
    });
    request.once('end', resolve);
    request.once('close', resolve);
    request.resume();
  });
}
