/** Returns the invite that the link to this page carries, where a server does not see it; null for none. */
export function inviteOfLink(): string | null {
  return location.hash.startsWith('#cii_') ? location.hash.slice(1) : null;
}

/** Takes a used invite out of the address, so that a link that is copied from there is not a spent one. */
export function dropInvite(): void {
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
}

/** Returns the link to a session, which lets in who has it where it carries an invite. */
export function linkTo(sessionId: string, invite: string | null): string {
  return `${location.origin}/s/${sessionId}${invite === null ? '' : `#${invite}`}`;
}
