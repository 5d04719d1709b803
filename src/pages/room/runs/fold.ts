import type { OutputPart } from './use-output.ts';

/** Output of more lines is folded. */
const FOLD_ABOVE = 200;
const SHOWN_HEAD = 40;
const SHOWN_TAIL = 120;

export interface FoldedOutput {
  readonly head: readonly OutputPart[];
  readonly hiddenLines: number;
  readonly tail: readonly OutputPart[];
}

/** Splits long output into its first lines, the number of lines that are hidden, and its last lines. */
export function fold(parts: readonly OutputPart[]): FoldedOutput {
  const lines = parts.flatMap(({ stream, text }) =>
    text.split(/(?<=\n)/).map((line) => ({ stream, text: line })),
  );
  if (lines.length <= FOLD_ABOVE) return { head: parts, hiddenLines: 0, tail: [] };
  return {
    head: join(lines.slice(0, SHOWN_HEAD)),
    hiddenLines: lines.length - SHOWN_HEAD - SHOWN_TAIL,
    tail: join(lines.slice(-SHOWN_TAIL)),
  };
}

function join(lines: readonly OutputPart[]): OutputPart[] {
  const parts: { stream: OutputPart['stream']; text: string }[] = [];
  for (const { stream, text } of lines) {
    const last = parts.at(-1);
    if (last?.stream === stream) last.text += text;
    else parts.push({ stream, text });
  }
  return parts;
}
