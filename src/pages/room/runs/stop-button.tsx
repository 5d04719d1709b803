import { CancelRunDocument } from '../generated/graphql.ts';
import { useRoom } from '../session/room-context.ts';
import { texts } from '../shared/texts.ts';

export function StopButton({ id }: { readonly id: string }) {
  const { act } = useRoom();
  return (
    <button type="button" onClick={() => void act(CancelRunDocument, { input: { id } })}>
      <span aria-hidden="true">■</span> {texts.runs.stop}
    </button>
  );
}
