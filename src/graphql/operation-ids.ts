import { z } from 'zod';

const operationMessage = z.object({ type: z.enum(['subscribe', 'complete']), id: z.string().min(1) });

/** The start of a message that has an id of ours, and of the reason to close a socket for one. */
const START = /^(\{"id":"|Subscriber for )\d+:/;

/**
 * Ids for graphql-ws in the place of those of one client. A client may use an id again when it has completed its
 * operation. Until that has ended, graphql-ws takes the two for one: it sends the results of the first to the second, and
 * forgets the second when the first ends. So each operation gets an id of its own: a number before the client's id.
 */
export class OperationIds {
  readonly #own = new Map<string, string>();
  #count = 0;

  /** Returns a message of the client with our id. One that is not of an operation, or is not valid, stays as it is. */
  fromClient(message: string): string {
    const { data } = operationMessage.safeParse(parse(message));
    if (!data) return message;
    this.#count += 1;
    const own = this.#own.get(data.id) ?? `${this.#count}:${data.id}`;
    if (data.type === 'subscribe') this.#own.set(data.id, own);
    else this.#own.delete(data.id);
    // Of two members with one name the last counts. To write all of the message again could overflow the stack.
    return `${message.trimEnd().slice(0, -1)},"id":${JSON.stringify(own)}}`;
  }

  /** Returns a message of graphql-ws, or its reason to close the socket, with the client's id. */
  toClient(text: string): string {
    return text.replace(START, '$1');
  }

  /** Forgets an operation that has ended. Its client may have given the id to another one. */
  end(own: string): void {
    const id = own.slice(own.indexOf(':') + 1);
    if (this.#own.get(id) === own) this.#own.delete(id);
  }
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
