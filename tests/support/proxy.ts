import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface NetworkProxy {
  readonly url: string;
  /** Cuts every connection that goes through it, as a network does. */
  cut(): void;
  /** Takes what comes and passes nothing on, while it is on: the other side seems to be there, and is silent. */
  swallow(isOn: boolean): void;
  close(): void;
}

/** Returns the URL of a server as it is reached through the proxy. */
export function through(proxy: NetworkProxy, serverUrl: string): string {
  const url = new URL(serverUrl);
  url.port = new URL(proxy.url).port;
  return url.href;
}

/** Stands between clients and a server, and passes bytes on. A function is asked for each connection where it leads. */
export async function startProxy(serverUrl: string | (() => string)): Promise<NetworkProxy> {
  const sockets = new Set<Socket>();
  let swallows = false;
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (bytes) => {
      if (!swallows && !to.destroyed) to.write(bytes);
    });
    from.on('end', () => to.end());
  };
  const proxy = createServer((client) => {
    const { hostname, port } = new URL(typeof serverUrl === 'string' ? serverUrl : serverUrl());
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    pass(client, server);
    pass(server, client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const { port: own } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    cut,
    swallow: (isOn) => {
      swallows = isOn;
    },
    close: () => {
      proxy.close();
      cut();
    },
  };
}
