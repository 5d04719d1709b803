import { useEffect, useRef, useState } from 'react';
import type { ConnectionState } from '../shared/streams.ts';
import { texts } from '../shared/texts.ts';

const BACK_MS = 3_000;

/** Says that the connection is lost, and for a moment that it is back. */
export function ConnectionSign({ state }: { readonly state: ConnectionState }) {
  const [isBack, setBack] = useState(false);
  const wasLost = useRef(false);
  useEffect(() => {
    if (state === 'lost') wasLost.current = true;
    if (state !== 'connected' || !wasLost.current) return;
    wasLost.current = false;
    setBack(true);
    const timer = setTimeout(() => setBack(false), BACK_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const text = state === 'lost' ? texts.connection.lost : isBack ? texts.connection.back : '';
  return (
    <output className="connection" data-state={state}>
      {text}
    </output>
  );
}
