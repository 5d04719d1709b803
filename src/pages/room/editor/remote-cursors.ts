import { type Range, RangeSet } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
  WidgetType,
} from '@codemirror/view';
import type { Awareness } from 'y-protocols/awareness';
import {
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromTypeIndex,
  type Text,
} from 'yjs';

/**
 * Shows where the others are and tells them where this editor is, in the awareness states of y-codemirror.next.
 * That library's own cursors need inline styles in HTML, which the content security policy forbids.
 */
export function remoteCursors(text: Text, awareness: Awareness) {
  return ViewPlugin.define((view) => new RemoteCursors(view, text, awareness), {
    decorations: ({ decorations }) => decorations,
  });
}

class RemoteCursors {
  decorations: DecorationSet = RangeSet.empty;
  readonly #text: Text;
  readonly #awareness: Awareness;
  readonly #onChange: () => void;

  constructor(view: EditorView, text: Text, awareness: Awareness) {
    this.#text = text;
    this.#awareness = awareness;
    // An empty transaction: the editor asks for the decorations again.
    this.#onChange = () => view.dispatch({});
    awareness.on('change', this.#onChange);
  }

  update(update: ViewUpdate): void {
    if (update.selectionSet || update.docChanged || update.focusChanged) this.#tell(update.view);
    this.decorations = Decoration.set(this.#others(update.view), true);
  }

  destroy(): void {
    this.#awareness.off('change', this.#onChange);
  }

  #tell({ state, hasFocus }: EditorView): void {
    const { anchor, head } = state.selection.main;
    const at = (index: number) => createRelativePositionFromTypeIndex(this.#text, index);
    const cursor = hasFocus ? { anchor: at(anchor), head: at(head) } : null;
    const before = this.#awareness.getLocalState()?.['cursor'];
    if (JSON.stringify(before ?? null) === JSON.stringify(cursor)) return;
    // After the editor's update: the listeners of this change dispatch.
    queueMicrotask(() => this.#awareness.setLocalStateField('cursor', cursor));
  }

  #others({ state }: EditorView): Range<Decoration>[] {
    const { doc } = this.#text;
    if (!doc) return [];
    return [...this.#awareness.getStates()].flatMap(([client, { cursor, user }]) => {
      if (client === doc.clientID || !cursor) return [];
      const anchor = createAbsolutePositionFromRelativePosition(cursor.anchor, doc);
      const head = createAbsolutePositionFromRelativePosition(cursor.head, doc);
      if (!anchor || !head || Math.max(anchor.index, head.index) > state.doc.length) return [];
      const color = colorOf(user?.color);
      const caret = Decoration.widget({ side: 1, widget: new Caret(String(user?.name ?? ''), color) });
      const [from, to] = [Math.min(anchor.index, head.index), Math.max(anchor.index, head.index)];
      const style = `background-color: ${color}44`;
      const selection = from < to ? [Decoration.mark({ attributes: { style } }).range(from, to)] : [];
      return [...selection, caret.range(head.index)];
    });
  }
}

/** Other clients choose what they send. */
function colorOf(value: unknown): string {
  return typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value) ? value : '#888888';
}

class Caret extends WidgetType {
  readonly #name: string;
  readonly #color: string;

  constructor(name: string, color: string) {
    super();
    this.#name = name;
    this.#color = color;
  }

  override eq(other: Caret): boolean {
    return other.#name === this.#name && other.#color === this.#color;
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement('span');
    caret.className = 'cm-remote-caret';
    caret.style.setProperty('--person', this.#color);
    const name = document.createElement('span');
    name.className = 'cm-remote-name';
    name.textContent = this.#name;
    caret.append(name);
    caret.ariaHidden = 'true';
    return caret;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
