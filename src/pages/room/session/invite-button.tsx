import { useEffect, useState } from 'react';
import { texts } from '../shared/texts.ts';

const SHOWN_MS = 2_500;

/** Copies the link of the session. */
export function InviteButton() {
  const [result, setResult] = useState('');
  useEffect(() => {
    if (result === '') return;
    const timer = setTimeout(() => setResult(''), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.origin + location.pathname);
      setResult(texts.room.copied);
    } catch {
      // Without HTTPS a browser gives no clipboard.
      setResult(texts.room.copyFailed);
    }
  };
  return (
    <div className="invite">
      <button type="button" onClick={copy} title={texts.room.inviteHint}>
        {texts.room.invite}
      </button>
      <output className="toast">{result}</output>
    </div>
  );
}
