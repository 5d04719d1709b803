import type { Role } from '../database/generated/enums.ts';

/** What an API key may be good for. */
export const SCOPES = ['SESSIONS', 'EXECUTE', 'METRICS', 'ADMIN'] as const;
export type Scope = (typeof SCOPES)[number];

/** Showed no credential. */
export interface Anonymous {
  readonly kind: 'ANONYMOUS';
  /** Whether `ACCESS=open` lets it do what it could before there was access. */
  readonly isOpen: boolean;
}

/** Shows an API key. */
export interface ApiKeyIdentity {
  readonly kind: 'API_KEY';
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** Shows the key that the operator gave in the environment, which ends with the process. */
export const OPERATOR: ApiKeyIdentity = {
  kind: 'API_KEY',
  id: 'operator',
  name: 'operator',
  scopes: SCOPES,
  expiresAt: null,
};

/** Shows a token of the operator's OpenID provider. */
export interface OpenIdIdentity {
  readonly kind: 'OIDC';
  /** The provider's id of the person or program. */
  readonly id: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date;
}

/** Shows a participant token, or a ticket that was made with it. */
export interface Participant {
  readonly kind: 'PARTICIPANT' | 'TICKET';
  /** The id of the participant token. */
  readonly tokenId: string;
  /** The id of the ticket that was shown instead of the token. */
  readonly ticketId?: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly role: Role;
  readonly expiresAt: Date | null;
  /** Whether it is the session that is over then, so that no new token can follow. */
  readonly expiresWithSession: boolean;
}

/** Whom a credential that the database stores identifies. */
export type StoredIdentity = ApiKeyIdentity | Participant;

/** The server itself: the end of a program, the removal of users who are offline for long. */
export interface SystemIdentity {
  readonly kind: 'SYSTEM';
}

/** Who asks, as the credential proves it. */
export type Identity = Anonymous | ApiKeyIdentity | OpenIdIdentity | Participant | SystemIdentity;

/** Returns the text by which sessions, invites, executions and events name who did it; null for nobody in particular. */
export function referenceOf(identity: Identity): string | null {
  switch (identity.kind) {
    case 'API_KEY':
      return `key:${identity.id}`;
    case 'OIDC':
      return `oidc:${identity.id}`;
    case 'PARTICIPANT':
    case 'TICKET':
      return identity.userId;
    case 'SYSTEM':
      return SYSTEM_REFERENCE;
    case 'ANONYMOUS':
      return null;
  }
}

const SYSTEM_REFERENCE = 'system';

/** Who did something, as clients see it: the id is a user's, a key's, or the OpenID provider's. */
export interface Actor {
  readonly kind: 'USER' | 'API_KEY' | 'OIDC' | 'SYSTEM';
  readonly id: string | null;
  /** The name that it had then; null where it is not known. */
  readonly name: string | null;
}

/** Returns whom a text of `referenceOf` names; null for nobody in particular. */
export function actorOfReference(reference: string | null, name: string | null): Actor | null {
  if (reference === null) return null;
  if (reference === SYSTEM_REFERENCE) return { kind: 'SYSTEM', id: null, name };
  const [, kind, id] = /^(key|oidc):(.*)$/s.exec(reference) ?? [];
  if (id === undefined) return { kind: 'USER', id: reference, name };
  return { kind: kind === 'key' ? 'API_KEY' : 'OIDC', id, name };
}
