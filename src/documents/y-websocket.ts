import { besideBearer } from '../transport/bearer-subprotocol.ts';
import type { AcceptedSocket, WebSocketProtocol } from '../transport/upgrades.ts';
import { CloseCode, CloseError } from './close-error.ts';
import { type DocumentSocketOptions, enter, SocketBudget } from './document-socket.ts';
import { MESSAGE_LIMIT, parseMessage } from './protocols/messages.ts';

const PATH = /^\/yjs\/[^/]+$/;

/** The protocol of y-websocket at `/yjs/{sessionId}`: the token is the subprotocol `bearer.<token>`. */
export function yWebSocket(options: DocumentSocketOptions): WebSocketProtocol {
  return {
    serves: (path) => PATH.test(path),
    maxMessage: MESSAGE_LIMIT,
    tooLargeCode: CloseCode.TOO_LARGE,
    chooseSubprotocol: besideBearer,
    accept: (socket) => speak(options, socket),
  };
}

function speak(options: DocumentSocketOptions, socket: AcceptedSocket): () => Promise<void> {
  const budget = new SocketBudget();
  const close = ({ code, message }: CloseError) => socket.close(code, message);
  const client = {
    send: (body: Uint8Array) => {
      budget.sent(body);
      void socket.send(body);
    },
    // An update is acknowledged by its echo.
    acknowledge: () => {},
    refuseEdit: () => close(new CloseError(CloseCode.FORBIDDEN, 'This connection may not edit')),
    // The protocol has no message for it.
    tellScope: () => {},
    close,
    endAccess: socket.close,
  };
  const shown = { ...nameOf(socket.url), token: socket.bearer };
  const entered = enter(options, socket.connection, shown, client);
  entered.catch(close);
  socket.onMessage((bytes) =>
    orClose(close, async () => {
      const message = parseMessage(bytes);
      budget.take(bytes, message?.type);
      if (message) (await entered).receive(message);
    }),
  );
  return () =>
    entered.then(
      (place) => place.leave(),
      () => {},
    );
}

/** Calls `close` with a CloseError. */
async function orClose(close: (error: CloseError) => void, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof CloseError)) throw error;
    close(error);
  }
}

/** Returns what the URL names. The id of a session has nothing that a URL encodes. */
function nameOf(url: string): { sessionId: string; userId: string | null } {
  const { pathname, searchParams } = new URL(url, 'ws://server');
  return { sessionId: pathname.split('/')[2] ?? '', userId: searchParams.get('userId') };
}
