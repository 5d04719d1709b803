import type { Transaction } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { Client } from 'urql';
import { SetTypingDocument } from '../generated/graphql.ts';
import { type Member, perform } from '../shared/api.ts';

const IDLE_MS = 1_500;

/** Tells the others that the member types, and that typing has stopped. */
export function reportTyping(client: Client, { sessionId, userId }: Member) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (typing: boolean) =>
    void perform(client, SetTypingDocument, { input: { sessionId, userId, typing } });
  return EditorView.updateListener.of(({ transactions }) => {
    if (!transactions.some(isTyped)) return;
    if (timer === undefined) tell(true);
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      tell(false);
    }, IDLE_MS);
  });
}

function isTyped(transaction: Transaction): boolean {
  return transaction.isUserEvent('input') || transaction.isUserEvent('delete');
}
