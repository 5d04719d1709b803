import { useEffect, useState } from 'react';
import { InviteDocument, type Role } from '../generated/graphql.ts';
import { messageOf } from '../shared/api.ts';
import { texts } from '../shared/texts.ts';
import { linkTo } from './invite-link.ts';
import { useRoom } from './room-context.ts';

const SHOWN_MS = 4_000;
const ROLES: readonly Role[] = ['CANDIDATE', 'OBSERVER', 'HOST'];

/** Copies a link to the session: one that lets in one person with a role, or where the server is open, anyone. */
export function InviteButton() {
  const { client, member, sessionId } = useRoom();
  const isOpen = member.token === null;
  const [role, setRole] = useState<Role | null>(isOpen ? null : 'CANDIDATE');
  const [result, setResult] = useState('');
  useEffect(() => {
    if (result === '') return;
    const timer = setTimeout(() => setResult(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);

  const invite = async () => {
    if (role === null) return setResult(await copy(linkTo(sessionId, null), texts.room.copied));
    const { data, error } = await client.mutation(InviteDocument, { input: { sessionId, role } });
    if (!data) return setResult(messageOf(error));
    const made = data.createInvite;
    if (!('token' in made)) return setResult(made.message);
    const said = texts.room.copiedOnce(texts.room.roles[role]);
    setResult(await copy(linkTo(sessionId, made.token), said));
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
    </div>
  );
}

/** Returns what to say of it. Without HTTPS a browser gives no clipboard. */
async function copy(link: string, said: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(link);
    return said;
  } catch {
    return texts.room.copyFailed(link);
  }
}
