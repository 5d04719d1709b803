import { useEffect, useRef } from 'react';
import { createEditor, type Editor } from '../editor/editor-view.ts';
import type { Language } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';

interface PlayedCodeProps {
  readonly code: string;
  readonly language: Language;
}

/** The program as it was at a moment. */
export function PlayedCode({ code, language }: PlayedCodeProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the language is set by the effect after it.
  useEffect(() => {
    if (!host.current) return;
    const created = createEditor(host.current, language, () => {});
    editor.current = created;
    return () => created.view.destroy();
  }, []);
  useEffect(() => editor.current?.setLanguage(language), [language]);
  useEffect(() => editor.current?.show(code), [code]);
  return (
    <section className="editor" aria-label={texts.playback.program}>
      <div ref={host} className="editor-host" />
    </section>
  );
}
