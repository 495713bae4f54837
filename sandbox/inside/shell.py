"""Run a notebook in an IPython shell in this very process, and tell each output as it comes."""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import importlib
import io
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import nbformat as _nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from sandbox.inside import lockdown, printed
from sandbox.inside.failure import Performed, Refused, described
from sandbox.inside.script import refuse_input

# None of these libraries is typed all through.
nbformat: Any = _nbformat

SKELETON, CELL, OUTPUT = b"N", b"E", b"O"
_INLINE = "module://matplotlib_inline.backend_inline"
_ESCAPES = {"run_line_magic", "run_cell_magic", "system", "getoutput", "system_raw", "system_piped"}


def perform(job: dict[str, Any], send: Callable[[bytes, Any], None]) -> Performed:
    """Runs it to its end, or to the first cell that fails. Raises Refused when it cannot be run at all."""
    shell: Any = InteractiveShell.instance()
    notebook = read(f"{lockdown.WORK}/{job['entry']}", job["entry"])
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, 1):
        refuse_escapes(shell, cell.source, number)
    send(SKELETON, nbformat.writes(notebook))
    shell.tell = send
    shell.forked = True
    shown = _Printed(send)
    sys.stdout, sys.stderr = _Stream("stdout", shown), _Stream("stderr", shown)
    builtins.input = refuse_input
    sys.modules["__main__"] = shell.user_module
    if "pandas" in sys.modules:
        # It was loaded without a notebook around it, and took what it saw for a terminal.
        sys.modules["pandas"].set_option("display.max_columns", 20)
    files: dict[str, int | None] = {}
    for number, cell in enumerate(cells, 1):
        shown.new_cell()
        send(CELL, {"cell": number, "cells": len(cells), "state": "started"})
        count = shell.execution_count if cell.source.strip() else None
        error = run_cell(shell, cell.source, number, files)
        shown.flush()
        send(CELL, {"cell": number, "cells": len(cells), "state": "finished", "count": count})
        if error is not None:
            return Performed(shell.user_ns, files, error)
    return Performed(shell.user_ns, files)


def run_cell(shell: Any, source: str, number: int, files: dict[str, int | None]) -> dict[str, Any] | None:
    """What went wrong in it. The name under which it was compiled is added to `files`."""
    result = shell.run_cell(source, store_history=True)
    for name in shell.compile._filename_map:
        files.setdefault(name, number)
    # What fails while a result or a figure is shown is seen in the cell, but is no failure of it: as in Jupyter.
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return None
    # The cell at which it stopped, even where a function of an earlier one failed.
    told = described(error, {name: cell for name, cell in files.items() if cell == number})
    return {**told, "cell": number}


def read(path: str, name: str) -> Any:
    """The notebook in the current format, with cell ids and without the outputs that it came with."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        content = json.loads(text)
    except UnicodeDecodeError:
        raise Refused(f"{name} is not a notebook: it is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise Refused(
            f"{name} is not a notebook: line {error.lineno} is not JSON ({error.msg}).", line=error.lineno
        ) from None
    except (RecursionError, ValueError):
        raise Refused(f"{name} is not a notebook: its JSON cannot be read.") from None
    if not isinstance(content, dict) or not isinstance(content.get("nbformat"), int):
        raise Refused(f"{name} is not a notebook: it is JSON, but not what Jupyter writes.")
    try:
        notebook = nbformat.reads(text, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        if notebook.nbformat_minor < 5:
            notebook = nbformat.v4.upgrade(notebook)
        notebook.nbformat_minor = 5
        _, notebook = nbformat.validator.normalize(notebook)
        nbformat.validate(notebook)
    except Exception as error:
        reason = str(error).strip().splitlines()
        raise Refused(
            f"{name} is not a valid notebook: {reason[0][:200] if reason else type(error).__name__}."
        ) from None
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if str(language).lower() != "python":
        raise Refused(f"{name} is written for {language}; only Python runs here.")
    return notebook


def refuse_escapes(shell: Any, source: str, number: int) -> None:
    """Magics and shell commands, told before anything has run."""
    try:
        tree = ast.parse(shell.transform_cell(source), feature_version=sys.version_info[:2])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # Running the cell says it better.
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _ESCAPES
            and isinstance(node.func.value, ast.Call)
            and getattr(node.func.value.func, "id", "") == "get_ipython"
        ):
            words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if not _harmless(node.func.attr, words):
                raise Refused(
                    f"Cell {number}, line {node.lineno}: {_escape(node.func.attr, words)}", number, node.lineno
                )


def _harmless(way: str, words: list[Any]) -> bool:
    return way == "run_line_magic" and [str(word).strip() for word in words] == ["matplotlib", "inline"]


def _escape(way: str, words: list[Any]) -> str:
    first = str(words[0]).strip()[:60] if words else ""
    if way == "run_cell_magic":
        return f"%%{first} is a magic of IPython, and only plain Python runs here. Take the line out."
    if way == "run_line_magic":
        if first.startswith("pinfo"):
            return "a question mark asks Jupyter for help, and only plain Python runs here. Take it out."
        return f"%{first} is a magic of IPython, and only plain Python runs here. Take the line out."
    return f"!{first} is a shell command, and only plain Python runs here. Take the line out."


class _Printed:
    """What both streams have been given, in order: sent in pieces, lines at once when nothing was sent lately."""

    PIECE = 8192
    LINE_AFTER_S = 0.05
    ANYTHING_AFTER_S = 0.5

    def __init__(self, send: Callable[[bytes, Any], None]) -> None:
        self._send = send
        self._waiting: list[tuple[str, str]] = []
        self._size = 0
        self._sent_at = 0.0

    def add(self, name: str, text: str) -> None:
        self._waiting.append((name, text))
        self._size += len(text)
        patience = self.LINE_AFTER_S if text.endswith("\n") else self.ANYTHING_AFTER_S
        if self._size >= self.PIECE or time.monotonic() - self._sent_at > patience:
            self.flush()

    def new_cell(self) -> None:
        """The first line that a cell prints is sent at once: it may be all that is ever heard of it."""
        self.flush()
        self._sent_at = time.monotonic() - self.LINE_AFTER_S

    def flush(self) -> None:
        printed.wait_until_read()
        waiting, self._waiting, self._size = self._waiting, [], 0
        for name, pieces in itertools.groupby(waiting, key=lambda piece: piece[0]):
            self._send(OUTPUT, {"type": "stream", "name": name, "text": "".join(text for _, text in pieces)})
        self._sent_at = time.monotonic()


class _Stream(io.TextIOBase):
    """Standard output or error of a notebook."""

    encoding = "utf-8"

    def __init__(self, name: str, printed: _Printed) -> None:
        self.name = name
        self._printed = printed

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1 if self.name == "stdout" else 2

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self._printed.add(self.name, text)
        return len(text)

    def flush(self) -> None:
        self._printed.flush()


def _flush_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


class _Displays(DisplayPublisher):
    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        _flush_streams()
        kind = "update" if update else "display"
        output = {
            "type": kind,
            "data": _plain(data),
            "metadata": _plain(metadata or {}),
            "id": (transient or {}).get("display_id"),
        }
        self.shell.tell(OUTPUT, output)

    def clear_output(self, wait: bool = False) -> None:
        _flush_streams()
        self.shell.tell(OUTPUT, {"type": "clear", "wait": bool(wait)})


class _Results(DisplayHook):
    shell: Any

    def write_output_prompt(self) -> None:
        pass

    def log_output(self, format_dict: Any) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        _flush_streams()
        output = {
            "type": "result",
            "data": _plain(format_dict),
            "metadata": _plain(md_dict or {}),
            "count": self.prompt_count,
        }
        self.shell.tell(OUTPUT, output)


class _Shell(InteractiveShell):
    tell: Any = None
    # Libraries look for it to know that they are in a notebook and not in a terminal.
    kernel: Any = None
    forked = False

    def should_run_async(self, raw_cell: str, **known: Any) -> bool:
        """In a session every cell runs in an event loop, as in Jupyter. The server must not leave one to its forks."""
        return self.forked or super().should_run_async(raw_cell, **known)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        _flush_streams()
        self.tell(
            OUTPUT,
            {"type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": [str(line) for line in stb]},
        )

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> None:
        if not _harmless("run_line_magic", [magic_name, line]):
            raise RuntimeError(_escape("run_line_magic", [magic_name]))

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> None:
        raise RuntimeError(_escape("run_cell_magic", [magic_name]))

    def system(self, cmd: str) -> None:
        raise RuntimeError(_escape("system", [cmd]))

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> None:
        raise RuntimeError(_escape("getoutput", [cmd]))

    def enable_gui(self, gui: Any = None) -> None:
        pass

    def ask_exit(self) -> None:
        raise SystemExit

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """IPython keeps a copy of all that a cell prints; what has been printed here has been sent."""
        yield


def _plain(bundle: dict[str, Any]) -> dict[str, Any]:
    """A display as JSON can hold it."""
    plain: dict[str, Any] = {}
    for kind, content in bundle.items():
        if isinstance(content, bytes):
            plain[str(kind)] = base64.b64encode(content).decode()
        elif isinstance(content, str):
            plain[str(kind)] = content
        else:
            plain[str(kind)] = json.loads(json.dumps(content, default=str))
    return plain


def prepare() -> None:
    """Make the shell, and draw once, before any session is forked: both are slow the first time."""
    import matplotlib
    from matplotlib import pyplot

    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.Completer.use_jedi = False
    config.InteractiveShell.enable_tip = False
    matplotlib.use(_INLINE)
    shell: Any = _Shell.instance(config=config, displayhook_class=_Results, display_pub_class=_Displays)
    shell.tell = lambda kind, value: None
    pylabtools: Any = importlib.import_module("IPython.core.pylabtools")
    inline: Any = importlib.import_module("matplotlib_inline.backend_inline")
    pylabtools.activate_matplotlib(_INLINE)
    inline.configure_inline_support(shell, _INLINE)
    table = "import pandas\npandas.DataFrame({'a': [1]})" if "pandas" in sys.modules else ""
    for cell in (table, "1 / 0"):
        shell.run_cell(cell, store_history=False)
    pyplot.plot([0, 1])
    pyplot.title("a")
    inline.flush_figures()
    shell.reset(new_session=True)
    nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]))
