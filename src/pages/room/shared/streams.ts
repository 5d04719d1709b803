import { type Client, createClient } from 'graphql-ws';
import { stringifyDocument, type TypedDocumentNode } from 'urql';
import { type Member, webSocketUrl } from './api.ts';

const PING_MS = 10_000;
const PONG_MS = 5_000;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;
/** Codes of errors that another try does not mend. */
const FINAL_CODES = ['SESSION_NOT_FOUND', 'EXECUTION_NOT_FOUND', 'INVALID_REQUEST'];
/** The server closes a socket with it whose token has ended. */
const REVOKED = 4401;
/** The server closes a socket with it whose role has changed, and one without a token whose user is not in the session. */
const FORBIDDEN = 4403;

export type ConnectionState = 'connecting' | 'connected' | 'lost' | 'refused';

interface Followed<Data, Variables> {
  readonly document: TypedDocumentNode<Data, Variables>;
  /** Asked at each subscription, so that one after a reconnect resumes where the last one ended. */
  readonly variables: () => Variables;
  readonly onData: (data: Data) => void;
  /** Called when nothing comes any more: with null when the stream is complete, else with the code of the error. */
  readonly onEnd?: (code: string | null) => void;
}

/** Follows subscriptions over one WebSocket, and subscribes again whenever it was lost. */
export class Streams {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #state: ConnectionState = 'connecting';
  #attempts = 0;

  constructor(member: Member | null) {
    const hasToken = member !== null && member.token !== null;
    let silence: ReturnType<typeof setTimeout> | undefined;
    this.#client = createClient({
      url: webSocketUrl('/graphql'),
      connectionParams: paramsOf(member),
      // By itself the client would repeat the variables of the first time.
      retryAttempts: 0,
      keepAlive: PING_MS,
      on: {
        connected: () => {
          this.#attempts = 0;
          this.#become('connected');
        },
        ping: (received) => {
          if (!received) silence = setTimeout(() => this.#client.terminate(), PONG_MS);
        },
        pong: () => clearTimeout(silence),
        closed: (event) => {
          clearTimeout(silence);
          const { code } = event instanceof CloseEvent ? event : { code: 0 };
          const isRefused = code === REVOKED || (code === FORBIDDEN && !hasToken);
          this.#become(isRefused ? 'refused' : 'lost');
        },
      },
    });
    addEventListener('online', () => {
      this.#attempts = 0;
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Calls the listener when the state of the connection changes. Returns a function that ends it. */
  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follows one subscription. Returns a function that ends it. */
  follow<Data extends object, Variables extends Record<string, unknown>>(
    followed: Followed<Data, Variables>,
  ) {
    const query = stringifyDocument(followed.document);
    let unsubscribe = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const end = (code: string | null) => {
      if (!isOver) followed.onEnd?.(code);
      isOver = true;
    };
    const again = () => {
      if (isOver || this.#state === 'refused') return;
      timer = setTimeout(subscribe, this.#nextDelay());
    };
    const subscribe = () => {
      let isInterrupted = false;
      const fail = (errors: unknown) => {
        const code = finalCode(errors);
        if (code !== null) end(code);
        return code === null;
      };
      unsubscribe = this.#client.subscribe<Data>(
        { query, variables: followed.variables() },
        {
          next: ({ data, errors }) => {
            if (data) followed.onData(data);
            else isInterrupted = fail(errors);
          },
          error: (errors) => {
            if (fail(errors)) again();
          },
          complete: () => (isInterrupted ? again() : end(null)),
        },
      );
    };
    subscribe();
    return () => {
      isOver = true;
      clearTimeout(timer);
      unsubscribe();
    };
  }

  /** Closes the socket: the member is no longer online by it. */
  close(): void {
    // It waits for a connection that is being opened, and rejects when the server refuses that.
    Promise.resolve(this.#client.dispose()).catch(() => {});
  }

  #nextDelay(): number {
    this.#attempts += 1;
    return (
      Math.min(FIRST_DELAY_MS * 2 ** Math.floor(this.#attempts / 4), MAX_DELAY_MS) *
      (0.75 + Math.random() / 2)
    );
  }

  #become(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function paramsOf(member: Member | null): Record<string, string> {
  if (!member) return {};
  const { sessionId, userId, token } = member;
  return token === null ? { sessionId, userId } : { token };
}

/**
 * Returns the code of an error that another try does not mend; null when there is none. The errors of an operation
 * come as a list; anything else is a matter of the connection.
 */
function finalCode(errors: unknown): string | null {
  if (!Array.isArray(errors)) return null;
  const codes = errors.map(({ extensions }) => String(extensions?.code));
  return codes.find((code) => FINAL_CODES.includes(code)) ?? null;
}
