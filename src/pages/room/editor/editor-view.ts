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

/** An editor whose language and extensions change while it lives. */
export interface Editor {
  readonly view: EditorView;
  setLanguage(language: Language): void;
  /** Sets where the text comes from, and whether it can be edited. */
  setSource(text: string, source: Extension): void;
  setReadOnly(isReadOnly: boolean): void;
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
    setSource: (text, source) => {
      reconfigure(parts.source, []);
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      reconfigure(parts.source, source);
    },
  };
}

function readOnly(isReadOnly: boolean): Extension {
  const focusable = EditorView.contentAttributes.of({ tabindex: '0' });
  return [EditorState.readOnly.of(isReadOnly), EditorView.editable.of(!isReadOnly), focusable];
}
