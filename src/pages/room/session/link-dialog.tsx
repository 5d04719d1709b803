import { useEffect, useRef } from 'react';
import { texts } from '../shared/texts.ts';

interface LinkDialogProps {
  readonly link: string;
  readonly onClose: () => void;
}

/** Shows a link that the page could not copy, until it is closed. */
export function LinkDialog({ link, onClose }: LinkDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="uncopied-link">
      <form method="dialog">
        <label className="field">
          <span id="uncopied-link">{texts.room.copyFailed}</span>
          <textarea readOnly rows={4} value={link} onFocus={({ target }) => target.select()} />
        </label>
        <div className="buttons">
          <button type="submit">{texts.room.close}</button>
        </div>
      </form>
    </dialog>
  );
}
