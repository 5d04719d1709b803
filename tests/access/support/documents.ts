import { once } from 'node:events';
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding';
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding';
import { WebSocket } from 'ws';
import type { Outcome } from './doors.ts';

/** With any other code it fails. */
const CODES: Partial<Record<number, Outcome>> = { 4401: 401, 4403: 403, 4404: 404 };

/** Returns what the server makes of a socket of y-websocket: it closes it, or sends something. */
export function outcomeOfYWebSocket(socket: WebSocket): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => resolve(CODES[code] ?? 'invite'));
    socket.on('message', () => resolve('yes'));
  });
}

// Messages of the Hocuspocus provider.
const AUTH = 2;
const TOKEN = 0;
const PERMISSION_DENIED = 1;

/** Shows a token for a document over a socket. Returns whether it may be edited, or what was refused. */
export async function outcomeOfHocuspocus(
  socket: WebSocket,
  address: string,
  token: string | null,
): Promise<Outcome> {
  if (socket.readyState === WebSocket.CONNECTING) await once(socket, 'open');
  const encoder = createEncoder();
  writeVarString(encoder, address);
  writeVarUint(encoder, AUTH);
  writeVarUint(encoder, TOKEN);
  writeVarString(encoder, token ?? '');
  socket.send(toUint8Array(encoder));
  for (;;) {
    const [data]: Buffer[] = await once(socket, 'message');
    if (!data) throw new Error('No message');
    const decoder = createDecoder(data);
    if (readVarString(decoder) !== address || readVarUint(decoder) !== AUTH) continue;
    const isDenied = readVarUint(decoder) === PERMISSION_DENIED;
    const text = readVarString(decoder);
    if (!isDenied) return text === 'read-write' ? 'yes' : 403;
    return text.startsWith('A valid credential') ? 401 : 404;
  }
}
