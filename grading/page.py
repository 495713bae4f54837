"""The entry of a rendering session: turns an executed notebook, which is hostile, into one page without scripts."""

from pathlib import Path

import nbformat

from sandbox.inside.page import as_html

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d9dee4, #313c48); --wash: light-dark(#f4f6f8, #1a2129);
  --ink: light-dark(#17202b, #e7ebef); --ink-2: light-dark(#4b5766, #b4bdc8); --ink-3: light-dark(#5f6b7a, #98a3b0);
  --accent: light-dark(#1f4f94, #8ab8f5); --positive: light-dark(#1b6b4a, #6cc79b);
  --caution: light-dark(#855000, #e0a84e); --critical: light-dark(#a8233a, #f28c98); }
* { box-sizing: border-box; }
body { margin: 0; padding: 4px 2px; background: light-dark(#fff, #12171d); color: var(--ink);
  font: 400 17px/1.55 "Source Serif 4 Variable", Charter, "Iowan Old Style", Georgia, serif; }
pre, code { font: 13.5px/1.6 "IBM Plex Mono", ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
body:focus-visible { outline: 2px solid; outline-offset: -2px; }
.jp-Cell { margin: 0 0 14px; }
.jp-InputArea, .jp-OutputArea-child { display: grid; grid-template-columns: 60px minmax(0, 1fr); column-gap: 8px; }
.jp-MarkdownCell .jp-InputArea { display: block; padding-left: 68px; }
.jp-RenderedMarkdown { max-width: 44rem; }
.jp-Collapser, .jp-InputCollapser, .jp-OutputCollapser, .anchor-link { display: none; }
.jp-InputPrompt, .jp-OutputPrompt { color: var(--ink-3); text-align: right; padding-top: 9px;
  font: 12px/1.6 "IBM Plex Mono", ui-monospace, Menlo, Consolas, monospace; }
.jp-CodeMirrorEditor, .jp-CodeCell .jp-InputArea-editor { background: var(--wash); padding: 8px 12px; min-width: 0; }
.jp-OutputArea-output { padding: 8px 12px 0; overflow-x: auto; min-width: 0; }
img, svg { max-width: 100%; height: auto; }
img { background: #fff; }
table { border-collapse: collapse; font: 14px/1.4 "IBM Plex Sans", system-ui, sans-serif; }
th, td { padding: 4px 14px 4px 0; text-align: right; border-bottom: 1px solid var(--line); }
thead th { color: var(--ink-2); }
.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"] pre,
.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"] pre { border-left: 3px solid var(--critical);
  padding-left: 10px; }
.k, .kn, .kc, .ow { color: var(--accent); } .s1, .s2, .sd { color: var(--positive); }
.c1 { color: var(--ink-3); font-style: italic; } .mi, .mf { color: var(--caution); }
h1, h2, h3 { line-height: 1.2; font-weight: 600; }
@media (max-width: 480px) { .jp-InputArea, .jp-OutputArea-child { grid-template-columns: minmax(0, 1fr); }
  .jp-InputPrompt, .jp-OutputPrompt { text-align: left; padding-top: 0; }
  .jp-MarkdownCell .jp-InputArea { padding-left: 0; } }
"""

notebook = nbformat.reads(Path("notebook.ipynb").read_text(encoding="utf-8"), as_version=4)
Path("page.html").write_text(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    f"<title>Executed notebook</title><style>{STYLE}</style></head><body>{as_html(notebook)}</body></html>",
    encoding="utf-8",
)
