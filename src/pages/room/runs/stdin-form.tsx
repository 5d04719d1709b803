import { type FormEvent, useState } from 'react';
import { WriteStdinDocument } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';
import { texts } from '../shared/texts.ts';

/** Sends lines to a program that reads them. */
export function StdinForm({ id }: { readonly id: string }) {
  const { client } = useRoom();
  const [error, setError] = useState('');
  const write = async (input: { data?: string; end?: boolean }) => {
    const { data } = await client.mutation(WriteStdinDocument, { input: { executionId: id, ...input } });
    const result = data?.writeStdin;
    setError(result && 'message' in result ? result.message : result ? '' : texts.errors.network);
  };
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void write({ data: `${new FormData(event.currentTarget).get('line')}\n` });
    event.currentTarget.reset();
  };
  return (
    <form className="stdin" onSubmit={send}>
      <input
        name="line"
        autoComplete="off"
        spellCheck={false}
        aria-label={texts.runs.input}
        placeholder={texts.runs.inputHint}
      />
      <button type="submit">{texts.runs.send}</button>
      <button type="button" onClick={() => void write({ end: true })}>
        {texts.runs.endInput}
      </button>
      {error !== '' && <p role="alert">{error}</p>}
    </form>
  );
}
