// What the workspace takes from CodeMirror, as one file: npm run build bundles it into static/vendor/editor.js.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The classes that Pygments gives the code of lessons, so that code looks the same everywhere.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], class: "k" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: [tags.string, tags.special(tags.string), tags.escape], class: "s" },
  { tag: tags.comment, class: "c1" },
  { tag: tags.number, class: "mi" },
  { tag: tags.meta, class: "nd" },
]);

// An editor in place of a textarea, which it keeps up to date. `keys` are { key, run } of CodeMirror's kind.
export function edit(area, { label, code, numbers, keys, changed, root }) {
  const view = new EditorView({
    parent: root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        Prec.highest(keymap.of(keys)),
        history(),
        drawSelection(),
        EditorView.lineWrapping,
        search({ top: true }),
        highlightSelectionMatches(),
        code
          ? [
              python(),
              indentUnit.of("    "),
              EditorState.tabSize.of(4),
              indentOnInput(),
              bracketMatching(),
              closeBrackets(),
              autocompletion(),
              syntaxHighlighting(colours),
              highlightActiveLine(),
            ]
          : [],
        numbers ? lineNumbers() : [],
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.cspNonce.of(area.closest("[data-nonce]")?.dataset.nonce ?? ""),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          changed();
        }),
      ],
    }),
  });
  return {
    focus: (line) => {
      view.focus();
      if (!line || line > view.state.doc.lines) return;
      const at = view.state.doc.line(line);
      view.dispatch({ selection: { anchor: at.from }, scrollIntoView: true });
    },
    set: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    remove: () => view.destroy(),
  };
}
