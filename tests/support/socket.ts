import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

interface Message {
  type: string;
  id?: string;
  payload?: unknown;
}

export interface Socket {
  readonly raw: WebSocket;
  subscribe(id: string, query: string, variables?: object): void;
  send(message: Message): void;
  /** The next message; undefined once the socket has closed. */
  next(): Promise<Message | undefined>;
  /** Its close code. */
  readonly closed: Promise<number>;
}

/** A WebSocket that speaks `graphql-transport-ws` by hand, so that it can also do what no library would. */
export async function openSocket(
  graphql: string,
  { params, init = true, ...options }: ClientOptions & { params?: object; init?: boolean } = {},
): Promise<Socket> {
  const raw = new WebSocket(graphql.replace('http', 'ws'), 'graphql-transport-ws', options);
  const messages: Message[] = [];
  let wake = () => {};
  raw.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    wake();
  });
  const closed = new Promise<number>((resolve) => {
    raw.on('close', (code) => {
      resolve(code);
      wake();
    });
  });
  await once(raw, 'open');
  const send = (message: Message) => raw.send(JSON.stringify(message));
  const next = async () => {
    while (messages.length === 0 && raw.readyState !== raw.CLOSED) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return messages.shift();
  };
  if (init) {
    send({ type: 'connection_init', ...(params && { payload: params }) });
    await next();
  }
  return {
    raw,
    send,
    next,
    closed,
    subscribe: (id, query, variables) => send({ type: 'subscribe', id, payload: { query, variables } }),
  };
}
