import type { Bus } from '../bus/bus.ts';
import type { Database } from '../database/client.ts';
import type { ApiKey, Ticket } from '../database/generated/client.ts';
import { memoize } from '../memoize.ts';
import { identityOfKey } from './api-keys.ts';
import { type Credential, secretMatches } from './credential.ts';
import type { ApiKeyIdentity, Participant, StoredIdentity } from './identity.ts';
import { MAX_AGE_MS, RecordCache } from './record-cache.ts';
import { readKeys, readTickets, readTokens, type TokenRecord } from './records.ts';
import { type AccessChange, accessChanged } from './topics.ts';

const ONLY_WRITER_AGE_MS = 60_000;

/** The credentials of the database that clients show. A change of one is known everywhere within half a second. */
export class Credentials {
  readonly #bus: Bus;
  readonly #keys: RecordCache<ApiKey>;
  readonly #tokens: RecordCache<TokenRecord>;
  readonly #tickets: RecordCache<Ticket>;
  readonly #listeners = new Set<(change: AccessChange) => void>();

  /** Where no other process writes the database, every change of keys and tokens is announced here. */
  constructor(db: Database, bus: Bus, isOnlyWriter = false) {
    this.#bus = bus;
    const maxAgeMs = isOnlyWriter ? ONLY_WRITER_AGE_MS : MAX_AGE_MS;
    this.#keys = new RecordCache((ids) => readKeys(db, ids), maxAgeMs);
    this.#tokens = new RecordCache((ids) => readTokens(db, ids), maxAgeMs);
    this.#tickets = new RecordCache((ids) => readTickets(db, ids));
    bus.subscribe(accessChanged, (change) => this.#apply(change));
  }

  /** Returns whom an API key identifies; null for one that is wrong, revoked or expired. */
  async apiKey({ id, secret }: Credential): Promise<ApiKeyIdentity | null> {
    const key = await this.#keys.find(id);
    return secretMatches(secret, key) && isGood(key) ? identityOfKey(key) : null;
  }

  /** Returns whom a participant token identifies; null for one that is wrong, has ended or expired. */
  async participant({ id, secret }: Credential): Promise<Participant | null> {
    const token = await this.#tokens.find(id);
    return secretMatches(secret, token) && isGood(token) ? participantOf(token) : null;
  }

  /** Returns whom a ticket identifies; null for one that is wrong or expired, or whose token has ended. */
  async ticket({ id, secret }: Credential): Promise<Participant | null> {
    const ticket = await this.#tickets.find(id);
    if (!secretMatches(secret, ticket) || !isGood(ticket)) return null;
    const token = await this.#tokens.find(ticket.tokenId);
    return isGood(token) ? { ...identityOfToken('TICKET', token), ticketId: id } : null;
  }

  /**
   * Whether an identity that `apiKey` or `participant` returned is what they would return for the same credential, as far
   * as that is known without a look.
   */
  isCurrent(identity: StoredIdentity): boolean {
    if (hasExpired(identity)) return false;
    if (identity.kind === 'API_KEY') {
      const key = this.#keys.kept(identity.id);
      return key !== undefined && identityOfKey(key) === identity;
    }
    const token = this.#tokens.kept(identity.tokenId);
    return token !== undefined && participantOf(token) === identity;
  }

  /** Returns the identity as it is now in the database, expired or not; null when it has ended. */
  async current(identity: StoredIdentity): Promise<StoredIdentity | null> {
    if (identity.kind === 'API_KEY') {
      const key = await this.#keys.read(identity.id);
      return key ? identityOfKey(key) : null;
    }
    const token = await this.#tokens.read(identity.tokenId);
    return token ? { ...identity, ...identityOfToken(identity.kind, token) } : null;
  }

  /** Tells every instance, this one at once, that credentials have changed. Call it after the commit. */
  announce(change: AccessChange): void {
    this.#apply(change);
    this.#bus.publish(accessChanged, change);
  }

  /** Calls the listener for each change, until the returned function is called. Changes of others may be missed. */
  onChange(listener: (change: AccessChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #apply(change: AccessChange): void {
    if ('credentialId' in change) {
      this.#keys.forget(({ id }) => id === change.credentialId);
      this.#tokens.forget(({ id }) => id === change.credentialId);
    } else {
      this.#tokens.forget((token) => concerns(change, token));
    }
    for (const listener of this.#listeners) listener(change);
  }
}

/** Whether a change may concern what a user of a session shows. */
export function concerns(
  change: AccessChange,
  { sessionId, userId }: { readonly sessionId: string; readonly userId: string },
): boolean {
  return (
    'sessionId' in change &&
    change.sessionId === sessionId &&
    (change.userId === null || change.userId === userId)
  );
}

interface Expiring {
  readonly expiresAt: Date | null;
}

function isGood<Value extends Expiring>(record: Value | null): record is Value {
  return record !== null && !hasExpired(record);
}

/** Whether something is over by this server's clock. */
export function hasExpired({ expiresAt }: Expiring): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}

/** Returns whom a token identifies: the same object for the same record. */
const participantOf = memoize((token: TokenRecord) => identityOfToken('PARTICIPANT', token));

function identityOfToken(
  kind: Participant['kind'],
  { id, secretHash: _, ...token }: TokenRecord,
): Participant {
  return { kind, tokenId: id, ...token };
}
