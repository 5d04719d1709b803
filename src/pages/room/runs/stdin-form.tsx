import type { FormEvent, RefObject } from 'react';
import { WriteStdinDocument } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';
import { texts } from '../shared/texts.ts';
import { usePassedFocus } from './use-passed-focus.ts';

interface StdinFormProps {
  readonly id: string;
  /** Has the focus after the form. */
  readonly heir: RefObject<HTMLElement | null>;
}

/** Sends lines to a program that reads them. */
export function StdinForm({ id, heir }: StdinFormProps) {
  const { act } = useRoom();
  const form = usePassedFocus<HTMLFormElement>(heir);
  const write = (input: { data?: string; end?: boolean }) =>
    void act(WriteStdinDocument, { input: { executionId: id, ...input } });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    write({ data: `${new FormData(event.currentTarget).get('line')}\n` });
    event.currentTarget.reset();
  };
  return (
    <form ref={form} className="stdin" onSubmit={send}>
      <input
        name="line"
        autoComplete="off"
        spellCheck={false}
        aria-label={texts.runs.input}
        placeholder={texts.runs.inputHint}
      />
      <button type="submit">{texts.runs.send}</button>
      <button type="button" onClick={() => write({ end: true })}>
        {texts.runs.endInput}
      </button>
    </form>
  );
}
