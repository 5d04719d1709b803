import { useRef } from 'react';
import { LeaveDocument, type MemberFragment, type Role, SetRoleDocument } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { useRoom } from './room-context.ts';

const ROLES: readonly Role[] = ['HOST', 'CANDIDATE', 'OBSERVER'];

/** What a host can do with somebody else: give another role, remove. */
export function PersonMenu({ user }: { readonly user: MemberFragment }) {
  const { act, member, sessionId } = useRoom();
  const menu = useRef<HTMLDivElement>(null);
  const menuId = `person-${user.id}`;
  const key = { sessionId, userId: user.id };
  const choose = (acting: Promise<void>) => {
    menu.current?.hidePopover();
    void acting;
  };
  // Without tokens a role would hold nobody back.
  const roles = member.token === null ? [] : ROLES.filter((role) => role !== user.role);
  return (
    <>
      <button type="button" popoverTarget={menuId} className="icon" aria-label={texts.room.manage(user.name)}>
        ⋮
      </button>
      <div id={menuId} popover="auto" className="menu" ref={menu}>
        {roles.map((role) => (
          <button
            key={role}
            type="button"
            onClick={() => choose(act(SetRoleDocument, { input: { ...key, role } }))}
          >
            {texts.room.makeRole(texts.room.roles[role])}
          </button>
        ))}
        <button type="button" className="danger" onClick={() => choose(act(LeaveDocument, { input: key }))}>
          {texts.room.removePerson}
        </button>
      </div>
    </>
  );
}
