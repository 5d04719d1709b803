import Anser from 'anser';
import { memo } from 'react';

/** Text with its ANSI colours. Other control sequences are dropped. */
export const AnsiText = memo(function AnsiText({ text }: { readonly text: string }) {
  if (!text.includes('\u001b')) return text;
  return Anser.ansiToJson(text, { use_classes: true, remove_empty: true }).map((piece, index) => (
    <span
      // biome-ignore lint/suspicious/noArrayIndexKey: the pieces have no identity but their place.
      key={index}
      className={[piece.fg, piece.bg && `on-${piece.bg}`, ...piece.decorations].filter(Boolean).join(' ')}
      style={{
        ...(piece.fg_truecolor && { color: `rgb(${piece.fg_truecolor})` }),
        ...(piece.bg_truecolor && { backgroundColor: `rgb(${piece.bg_truecolor})` }),
      }}
    >
      {piece.content}
    </span>
  ));
});
