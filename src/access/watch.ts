import type { FastifyBaseLogger } from 'fastify';
import type { UserKey } from './caller.ts';
import { type Credentials, concerns, hasExpired } from './credentials.ts';
import { type Identity, OPERATOR, type StoredIdentity } from './identity.ts';
import type { AccessChange } from './topics.ts';

/** How often the database is asked about what is watched, because messages may be lost. */
const LOOK_MS = 500;

/** Why what is live must end: for good, or because the client must come back with its token or a new one. */
const END_REASONS = ['REVOKED', 'CHANGED', 'EXPIRED'] as const;
export type EndReason = (typeof END_REASONS)[number];

interface Watcher {
  /** As the last look found it. */
  identity: StoredIdentity;
  readonly endsWith: readonly EndReason[];
  readonly end: (reason: EndReason) => void;
}

/** Ends what is live of a credential as soon as that ends or its role changes. */
export class CredentialWatch {
  readonly #credentials: Credentials;
  readonly #log: FastifyBaseLogger;
  readonly #watchers = new Set<Watcher>();
  readonly #stopListening: () => void;
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(credentials: Credentials, log: FastifyBaseLogger) {
    this.#credentials = credentials;
    this.#log = log;
    this.#stopListening = credentials.onChange((change) => {
      void this.#look([...this.#watchers].filter(({ identity }) => mayConcern(change, identity)));
    });
    this.#timer = setInterval(() => void this.#lookAtAll(), LOOK_MS);
  }

  /**
   * Calls `end` once, when what the identity proved is no longer so, unless the returned function was called before.
   * An identity that the database does not know is watched by nobody.
   */
  watch(identity: Identity, end: (reason: EndReason) => void): () => void {
    if (!isWatched(identity)) return () => {};
    const watcher = { identity, endsWith: END_REASONS, end };
    this.#watchers.add(watcher);
    // It may have ended between the check of the credential and now.
    void this.#look([watcher]);
    return () => void this.#watchers.delete(watcher);
  }

  /**
   * As `watch`, for one request: most are answered before the next look, so it has no look of its own, and a new role
   * does not end it.
   */
  watchRequest(identity: Identity, end: () => void): () => void {
    if (!isWatched(identity)) return () => {};
    const watcher = { identity, endsWith: ENDS_OF_REQUESTS, end };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Ends what is live of a user at once, without a look: the log of the session says why. */
  endUser({ sessionId, userId }: UserKey, reason: EndReason): void {
    for (const watcher of [...this.#watchers]) {
      const { identity } = watcher;
      if (!('userId' in identity) || identity.userId !== userId) continue;
      if (identity.sessionId === sessionId) this.#end(watcher, reason);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#watchers.clear();
  }

  /** Skips a look while the last one takes. */
  async #lookAtAll(): Promise<void> {
    for (const watcher of this.#watchers) {
      if (hasExpired(watcher.identity)) this.#end(watcher, reasonOfExpiry(watcher.identity));
    }
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#look([...this.#watchers]);
    this.#isLooking = false;
  }

  async #look(watchers: readonly Watcher[]): Promise<void> {
    const looks = watchers.map(async (watcher) => {
      const now = await this.#credentials.current(watcher.identity);
      const reason = reasonToEnd(watcher.identity, now);
      if (reason) this.#end(watcher, reason);
      if (now) watcher.identity = now;
    });
    const failed = (await Promise.allSettled(looks)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      this.#log.warn({ err: failed.reason }, 'Whether credentials were revoked is not known');
    }
  }

  #end(watcher: Watcher, reason: EndReason): void {
    if (watcher.endsWith.includes(reason) && this.#watchers.delete(watcher)) watcher.end(reason);
  }
}

/** A token stays good when its role changes, and commands look at the role themselves. */
const ENDS_OF_REQUESTS = ['REVOKED', 'EXPIRED'] as const;

function isWatched(identity: Identity): identity is StoredIdentity {
  if (identity.kind === 'API_KEY') return identity.id !== OPERATOR.id;
  return identity.kind === 'PARTICIPANT' || identity.kind === 'TICKET';
}

function mayConcern(change: AccessChange, identity: StoredIdentity): boolean {
  if (identity.kind === 'API_KEY') return 'credentialId' in change && change.credentialId === identity.id;
  return 'credentialId' in change ? change.credentialId === identity.tokenId : concerns(change, identity);
}

function reasonToEnd(before: StoredIdentity, now: StoredIdentity | null): EndReason | null {
  if (!now) return 'REVOKED';
  if (hasExpired(now)) return reasonOfExpiry(now);
  if (now.kind === 'API_KEY' || before.kind === 'API_KEY') return null;
  return now.role === before.role ? null : 'CHANGED';
}

function reasonOfExpiry(identity: StoredIdentity): EndReason {
  return 'expiresWithSession' in identity && identity.expiresWithSession ? 'REVOKED' : 'EXPIRED';
}

/** An operation that ends its own credential, as leaving does, is answered within this time after the change. */
export const GRACE_MS = 200;

/** The codes with which WebSockets close. */
export const REVOKED_CODE = 4401;
export const CHANGED_CODE = 4403;

/** How WebSockets close: who was revoked must not come back, the others must. */
const CLOSE_FRAMES = {
  REVOKED: { code: REVOKED_CODE, text: 'Unauthorized' },
  CHANGED: { code: CHANGED_CODE, text: 'The role has changed: connect again' },
  EXPIRED: { code: CHANGED_CODE, text: 'The token has expired: connect again with a new one' },
} as const satisfies Record<EndReason, { code: number; text: string }>;

/** Closes a connection when what the identity proved is no longer so, unless the returned function was called before. */
export function closeAtEnd(
  watch: CredentialWatch,
  identity: Identity,
  close: (code: number, text: string) => void,
): () => void {
  return watch.watch(identity, (reason) => {
    const { code, text } = CLOSE_FRAMES[reason];
    close(code, text);
  });
}
