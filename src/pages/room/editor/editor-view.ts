import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import type { Language } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { languageSupport } from './languages.ts';
import { theme } from './theme.ts';
import { typedReplacement } from './typed-replacement.ts';

/** An editor whose language and extensions change while it lives. */
export interface Editor {
  readonly view: EditorView;
  setLanguage(language: Language): void;
  /** Sets where the text comes from, and whether it can be edited. */
  setSource(text: string, source: Extension): void;
  setReadOnly(isReadOnly: boolean): void;
  /** Shows a text, and scrolls to where it differs from the one before. */
  show(text: string): void;
}

/**
 * Creates an editor inside a shadow root: CodeMirror's styles are adopted there, where in the document they would
 * be an inline style, which the content security policy forbids.
 */
export function createEditor(host: HTMLElement, language: Language, onRun: () => void): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  root.replaceChildren();
  const parts = { language: new Compartment(), source: new Compartment(), readOnly: new Compartment() };
  const run = () => {
    onRun();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      extensions: [
        keymap.of([{ key: 'Mod-Enter', run, preventDefault: true }]),
        parts.source.of([]),
        parts.language.of(languageSupport(language)),
        parts.readOnly.of(readOnly(true)),
        EditorView.contentAttributes.of({ 'aria-label': texts.editor.label }),
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        highlightSelectionMatches(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        typedReplacement,
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, indentWithTab]),
        theme,
      ],
    }),
  });
  const reconfigure = (part: Compartment, extension: Extension) =>
    view.dispatch({ effects: part.reconfigure(extension) });
  return {
    view,
    setLanguage: (next) => reconfigure(parts.language, languageSupport(next)),
    setReadOnly: (isReadOnly) => reconfigure(parts.readOnly, readOnly(isReadOnly)),
    show: (text) => {
      const changed = replaceText(view, text);
      if (changed !== null) view.dispatch({ effects: EditorView.scrollIntoView(changed, { y: 'nearest' }) });
    },
    setSource: (text, source) => {
      reconfigure(parts.source, []);
      replaceText(view, text);
      reconfigure(parts.source, source);
    },
  };
}

/** Makes the text another one by replacing what differs. Returns where that is; null when nothing does. */
function replaceText(view: EditorView, text: string): number | null {
  const before = view.state.doc.toString();
  if (before === text) return null;
  const shorter = Math.min(before.length, text.length);
  let from = 0;
  while (from < shorter && before[from] === text[from]) from += 1;
  let end = 0;
  while (end < shorter - from && before.at(-1 - end) === text.at(-1 - end)) end += 1;
  view.dispatch({ changes: { from, to: before.length - end, insert: text.slice(from, text.length - end) } });
  return text.length - end;
}

function readOnly(isReadOnly: boolean): Extension {
  const focusable = EditorView.contentAttributes.of({ tabindex: '0' });
  return [EditorState.readOnly.of(isReadOnly), EditorView.editable.of(!isReadOnly), focusable];
}
