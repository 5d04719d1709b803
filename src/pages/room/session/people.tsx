import type { MemberFragment } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { PersonMenu } from './person-menu.tsx';
import { useRoom } from './room-context.ts';
import type { Presence } from './use-room.ts';

interface PeopleProps {
  readonly users: readonly MemberFragment[];
  readonly presence: readonly Presence[];
  readonly isHost: boolean;
}

/** Who takes part and as what, who is online, who types. */
export function People({ users, presence, isHost }: PeopleProps) {
  const { me, member } = useRoom();
  return (
    <ul className="people" aria-label={texts.room.people}>
      {users.map((user) => {
        const present = presence.find(({ userId }) => userId === user.id);
        const isTyping = present?.typing === true && user.id !== me.id;
        const status = !present ? texts.room.offline : isTyping ? texts.room.typing : texts.room.online;
        const name = user.id === me.id ? `${user.name} (${texts.room.you})` : user.name;
        // Where nobody shows a token, everybody is a host.
        const role = member.token === null && user.role === 'HOST' ? '' : texts.room.roles[user.role];
        return (
          <li
            key={user.id}
            className="person"
            data-online={present !== undefined}
            data-typing={isTyping}
            title={[name, role, status].filter((part) => part !== '').join(', ')}
            ref={(element) => element?.style.setProperty('--person', user.color)}
          >
            <span className="avatar" aria-hidden="true">
              {initials(user.name)}
            </span>
            <span className="person-name">
              {name}
              <span className="hidden">, </span>
              <small>{role === '' ? status : `${role}, ${status}`}</small>
            </span>
            {isHost && user.id !== me.id && <PersonMenu user={user} />}
          </li>
        );
      })}
    </ul>
  );
}

/** `Ada Lovelace` is AL. */
function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}
