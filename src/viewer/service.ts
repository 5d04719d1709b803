import type { Identity, Scope } from '../access/identity.ts';
import type { CommandContext } from '../app.ts';
import type { Role, User } from '../database/generated/client.ts';
import type { SessionState } from '../events/state.ts';

/** Who asks, and what the credential is good for. */
export interface Viewer {
  readonly kind: Exclude<Identity['kind'], 'SYSTEM'>;
  /** In the session of a participant. */
  readonly role: Role | null;
  readonly user: User | null;
  readonly session: SessionState | null;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

const NOTHING = { role: null, user: null, session: null, scopes: [], expiresAt: null };

/** Returns who asks. */
export async function readViewer({ app, caller }: CommandContext): Promise<Viewer> {
  const { identity } = caller;
  switch (identity.kind) {
    case 'API_KEY':
    case 'OIDC': {
      const { kind, scopes, expiresAt } = identity;
      return { ...NOTHING, kind, scopes, expiresAt };
    }
    case 'PARTICIPANT':
    case 'TICKET': {
      const { kind, sessionId, userId, role, expiresAt } = identity;
      const session = await app.sessions.find(caller, sessionId);
      const user = session?.users.find(({ id }) => id === userId) ?? null;
      return { kind, role, user, session, scopes: [], expiresAt };
    }
    case 'ANONYMOUS':
    case 'SYSTEM':
      return { ...NOTHING, kind: 'ANONYMOUS' };
  }
}
