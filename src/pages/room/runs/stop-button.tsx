import type { RefObject } from 'react';
import { CancelRunDocument } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';
import { texts } from '../shared/texts.ts';
import { usePassedFocus } from './use-passed-focus.ts';

interface StopButtonProps {
  readonly id: string;
  /** Has the focus after the button. */
  readonly heir: RefObject<HTMLElement | null>;
}

export function StopButton({ id, heir }: StopButtonProps) {
  const { act } = useRoom();
  const button = usePassedFocus<HTMLButtonElement>(heir);
  return (
    <button ref={button} type="button" onClick={() => void act(CancelRunDocument, { input: { id } })}>
      <span aria-hidden="true">■</span> {texts.runs.stop}
    </button>
  );
}
