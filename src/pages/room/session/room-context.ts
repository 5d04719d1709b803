import { createContext, use } from 'react';
import type { AnyVariables, Client, TypedDocumentNode } from 'urql';
import type { MemberFragment } from '../generated/graphql.ts';
import type { Member } from '../shared/api.ts';
import type { Streams } from '../shared/streams.ts';

/** What the parts of a room share. */
export interface RoomContext {
  readonly sessionId: string;
  /** Whom the page acts as. */
  readonly member: Member;
  readonly me: MemberFragment;
  readonly client: Client;
  readonly streams: Streams;
  /** Sends a mutation, and tells the person where it fails. */
  act<Data extends object, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<void>;
}

const context = createContext<RoomContext | null>(null);

export const RoomProvider = context.Provider;

export function useRoom(): RoomContext {
  const room = use(context);
  if (!room) throw new Error('There is no room around this component');
  return room;
}
