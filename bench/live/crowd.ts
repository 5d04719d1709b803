import { once } from 'node:events';
import { WebSocket } from 'ws';

const QUERY =
  'subscription ($id: ID!) { sessionEvents(sessionId: $id) { seq ... on SessionUpdated { session { code } } } }';

/** Sockets that note when each event arrived. */
export interface Crowd {
  /** Where the clock stood at each arrival, by `room:number`. */
  readonly arrivals: Map<string, number[]>;
  received(): number;
  /** The last message, as it came over the wire. */
  last(): string;
  leave(): Promise<void>;
}

/** Opens this many sockets in each room: as subscribers of the product, or on the bare server. */
export async function gather(
  url: string,
  rooms: readonly string[],
  perRoom: number,
  kind: 'product' | 'bare',
): Promise<Crowd> {
  const arrivals = new Map<string, number[]>();
  let received = 0;
  let last = '';
  const join = async (room: string) => {
    const path = kind === 'product' ? '/graphql' : `/${room}`;
    const socket = new WebSocket(
      url.replace('http', 'ws') + path,
      kind === 'product' ? 'graphql-transport-ws' : [],
    );
    await once(socket, 'open');
    if (kind === 'product') {
      socket.send('{"type":"connection_init"}');
      await once(socket, 'message');
      const payload = { query: QUERY, variables: { id: room } };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
      // A pong comes after what was sent before it has been taken.
      socket.send('{"type":"ping"}');
      await once(socket, 'message');
    }
    socket.on('message', (data: Buffer) => {
      const now = Number(process.hrtime.bigint());
      received += 1;
      last = data.toString();
      const at = last.indexOf('"seq":') + 6;
      const key = `${room}:${Number.parseInt(last.slice(at, at + 10), 10)}`;
      const known = arrivals.get(key);
      if (known) known.push(now);
      else arrivals.set(key, [now]);
    });
    return socket;
  };
  const sockets: WebSocket[] = [];
  for (const room of rooms) {
    for (let from = 0; from < perRoom; from += 50) {
      sockets.push(
        ...(await Promise.all(Array.from({ length: Math.min(50, perRoom - from) }, () => join(room)))),
      );
    }
  }
  return {
    arrivals,
    received: () => received,
    last: () => last,
    leave: async () => {
      const closed = sockets.map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.close();
      await Promise.all(closed);
    },
  };
}
