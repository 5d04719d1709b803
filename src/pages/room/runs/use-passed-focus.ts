import { type RefObject, useLayoutEffect, useRef } from 'react';

/** Returns the ref of an element that gives its focus to another when it vanishes: else nothing would have it. */
export function usePassedFocus<Leaving extends HTMLElement>(heir: RefObject<HTMLElement | null>) {
  const leaving = useRef<Leaving>(null);
  useLayoutEffect(() => {
    const element = leaving.current;
    return () => {
      if (element?.contains(document.activeElement)) heir.current?.focus();
    };
  }, [heir]);
  return leaving;
}
