import type { MemberFragment } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { useRoom } from './room-context.ts';
import type { Presence } from './use-room.ts';

interface PeopleProps {
  readonly users: readonly MemberFragment[];
  readonly presence: readonly Presence[];
}

/** Who takes part, who is online, who types. */
export function People({ users, presence }: PeopleProps) {
  const { me } = useRoom();
  return (
    <ul className="people" aria-label={texts.room.people}>
      {users.map((user) => {
        const present = presence.find(({ userId }) => userId === user.id);
        const isTyping = present?.typing === true && user.id !== me.id;
        const status = !present ? texts.room.offline : isTyping ? texts.room.typing : texts.room.online;
        const name = user.id === me.id ? `${user.name} (${texts.room.you})` : user.name;
        return (
          <li
            key={user.id}
            className="person"
            data-online={present !== undefined}
            data-typing={isTyping}
            title={`${name}, ${status}`}
            ref={(element) => element?.style.setProperty('--person', user.color)}
          >
            <span className="avatar" aria-hidden="true">
              {initials(user.name)}
            </span>
            <span className="person-name">
              {name}
              <span className="hidden">, </span>
              <small>{status}</small>
            </span>
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
