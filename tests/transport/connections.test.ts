import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, NOBODY } from '../../src/access/caller.ts';
import { readConfig } from '../../src/config.ts';
import { Connections, type OpenConnection, type Transport } from '../../src/transport/connections.ts';

const MAX_PER_ADDRESS = 2;
const config = readConfig({ MAX_SOCKETS_PER_ADDRESS: String(MAX_PER_ADDRESS) });

const callerOf = (userId: string): Caller => ({ ...NOBODY, user: { sessionId: 's', userId } });
const nameOf = ({ user }: Caller) => user?.userId ?? 'nobody';

/** Who is online, and what came of it, in order. */
let steps: string[];
/** Resolves when a caller may be found to exist. */
let found: Promise<void>;
let connections: Connections;
beforeEach(() => {
  steps = [];
  found = Promise.resolve();
  connections = new Connections(config, async (caller) => {
    await found;
    steps.push(`${nameOf(caller)} comes`);
    return () => steps.push(`${nameOf(caller)} leaves`);
  });
});

function requestFrom(address: string, forwardedFor?: string): IncomingMessage {
  const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: address });
  const request = new IncomingMessage(socket);
  if (forwardedFor) request.headers['x-forwarded-for'] = forwardedFor;
  return request;
}

const tryOpen = (address: string, forwardedFor?: string) =>
  connections.open('sse', requestFrom(address, forwardedFor), () => {});

/** Opens a connection from an address of its own. Closing it is a step, under its name. */
let addresses = 0;
function open(name: string, transport: Transport = 'sse'): OpenConnection {
  addresses += 1;
  const request = requestFrom(`10.0.${Math.floor(addresses / 250)}.${addresses % 250}`);
  const connection = connections.open(transport, request, (code, reason) => {
    steps.push(`${name} closed: ${code} ${reason}`);
  });
  if (!connection) throw new Error('The connection was refused');
  return connection;
}

describe('closing', () => {
  test('closes the connections of that transport alone, and none that was released', () => {
    open('first', 'websocket');
    open('second');
    open('third', 'websocket');
    open('fourth', 'websocket').release();
    connections.close('websocket', 1001, 'Going away');
    expect(steps).toEqual(['first closed: 1001 Going away', 'third closed: 1001 Going away']);
  });

  test('closes all, though each is released while it is closed', () => {
    const opened: (OpenConnection | null)[] = [];
    for (const address of ['10.1.0.1', '10.1.0.2', '10.1.0.3']) {
      const index = opened.length;
      opened.push(connections.open('sse', requestFrom(address), () => opened[index]?.release()));
    }
    connections.close('sse', 1001, 'Going away');
    expect(connections.count('sse')).toBe(0);
  });
});

describe('a caller', () => {
  test('leaves when its connection is released, once', async () => {
    const connection = open('first');
    await connection.identify(callerOf('ann'));
    expect(steps).toEqual(['ann comes']);
    connection.release();
    connection.release();
    expect(steps).toEqual(['ann comes', 'ann leaves']);
  });

  test('leaves before its connection closes, and another one stays', async () => {
    const connection = open('first');
    const leave = await connection.identify(callerOf('ann'));
    await connection.identify(callerOf('bob'));
    steps = [];
    leave();
    leave();
    expect(steps).toEqual(['ann leaves']);
    connection.release();
    expect(steps).toEqual(['ann leaves', 'bob leaves']);
  });

  test('leaves at once when its connection was released before it was known to exist', async () => {
    let find = () => {};
    found = new Promise((resolve) => {
      find = resolve;
    });
    const connection = open('first');
    const identified = connection.identify(callerOf('ann'));
    connection.release();
    expect(steps).toEqual([]);
    find();
    await identified;
    expect(steps).toEqual(['ann comes', 'ann leaves']);
  });

  test('who does not exist is told to the transport, and its connection still counts until released', async () => {
    const unknown = new Error('unknown');
    found = Promise.reject(unknown);
    const connection = open('first');
    await expect(connection.identify(callerOf('ann'))).rejects.toBe(unknown);
    expect(connections.count('sse')).toBe(1);
    connection.release();
    expect([connections.count('sse'), steps]).toEqual([0, []]);
  });
});

describe('the bound of connections per address', () => {
  test('refuses one more from the address, and none from another', () => {
    tryOpen('10.2.0.1');
    tryOpen('10.2.0.1');
    expect(tryOpen('10.2.0.1')).toBeNull();
    expect(tryOpen('10.2.0.2')).not.toBeNull();
    expect(connections.count('sse')).toBe(3);
  });

  test('lets another in for one that was released, however often that is said', () => {
    const first = tryOpen('10.2.0.1');
    tryOpen('10.2.0.1');
    first?.release();
    first?.release();
    expect(tryOpen('10.2.0.1')).not.toBeNull();
    expect(tryOpen('10.2.0.1')).toBeNull();
  });

  test('goes by the client that a trusted proxy names, and believes nobody else', () => {
    for (const client of ['10.2.0.1', '10.2.0.2', '10.2.0.3']) {
      expect(tryOpen('127.0.0.1', client)).not.toBeNull();
    }
    expect(tryOpen('10.3.0.1', '10.2.0.4')).not.toBeNull();
    expect(tryOpen('10.3.0.1', '10.2.0.5')).not.toBeNull();
    expect(tryOpen('10.3.0.1', '10.2.0.6')).toBeNull();
  });
});

describe('counts', () => {
  test('are by transport, and return to zero', () => {
    const opened = [open('first', 'websocket'), open('second', 'websocket'), open('third', 'sse')];
    expect([connections.count('websocket'), connections.count('sse')]).toEqual([2, 1]);
    for (const connection of opened) connection.release();
    expect([connections.count('websocket'), connections.count('sse')]).toEqual([0, 0]);
  });

  test('discount a subscription once', () => {
    const [first, second] = [connections.countSubscription(), connections.countSubscription()];
    first();
    first();
    expect(connections.subscriptions).toBe(1);
    second();
    expect(connections.subscriptions).toBe(0);
  });
});
