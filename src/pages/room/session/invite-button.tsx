import { useEffect, useState } from 'react';
import { InviteDocument, type Role } from '../generated/graphql.ts';
import { messageOf } from '../shared/api.ts';
import { texts } from '../shared/texts.ts';
import { linkTo } from './invite-link.ts';
import { LinkDialog } from './link-dialog.tsx';
import { useRoom } from './room-context.ts';

const SHOWN_MS = 4_000;
const ROLES: readonly Role[] = ['CANDIDATE', 'OBSERVER', 'HOST'];

/** Copies a link to the session: one that lets in one person with a role, or where the server is open, anyone. */
export function InviteButton() {
  const { client, member, sessionId } = useRoom();
  const isOpen = member.token === null;
  const [role, setRole] = useState<Role | null>(isOpen ? null : 'CANDIDATE');
  const [result, setResult] = useState('');
  const [uncopied, setUncopied] = useState<string | null>(null);
  useEffect(() => {
    if (result === '') return;
    const timer = setTimeout(() => setResult(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);

  const copy = async (link: string, said: string) => {
    try {
      await navigator.clipboard.writeText(link);
      setResult(said);
    } catch {
      // Without HTTPS a browser gives no clipboard.
      setUncopied(link);
    }
  };
  const invite = async () => {
    if (role === null) return copy(linkTo(sessionId, null), texts.room.copied);
    const { data, error } = await client.mutation(InviteDocument, { input: { sessionId, role } });
    if (!data) return setResult(messageOf(error));
    const made = data.createInvite;
    if (!('token' in made)) return setResult(made.message);
    await copy(linkTo(sessionId, made.token), texts.room.copiedOnce(texts.room.roles[role]));
  };
  return (
    <div className="invite">
      <select
        aria-label={texts.room.inviteAs}
        value={role ?? ''}
        onChange={({ target }) => setRole(ROLES.find((known) => known === target.value) ?? null)}
      >
        {isOpen && <option value="">{texts.room.anyone}</option>}
        {ROLES.map((known) => (
          <option key={known} value={known}>
            {texts.room.roles[known]}
          </option>
        ))}
      </select>
      <button type="button" onClick={invite} title={texts.room.inviteHint}>
        {texts.room.invite}
      </button>
      <output className="toast">{result}</output>
      {uncopied !== null && <LinkDialog link={uncopied} onClose={() => setUncopied(null)} />}
    </div>
  );
}
