"""The executed notebook, built on the platform's side from what a session tells about it.

Everything that arrives was written by the student's process. What comes out is valid nbformat 4.5 all the same:
unknown kinds of output are dropped, values of the wrong type never get in, cells keep their ids.
"""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

_MIME = re.compile(r"[a-z]+/[A-Za-z0-9.+_-]{1,100}")
_MAX_OUTPUTS = 2000


class Recording:
    """A notebook while it runs."""

    def __init__(self) -> None:
        self.cell = 0
        self.cells = 0
        self.text = {"stdout": "", "stderr": ""}
        self._notebook: dict[str, Any] | None = None
        self._code: list[dict[str, Any]] = []
        self._displays: dict[str, list[dict[str, Any]]] = {}
        self._clear_at_next = False
        self._started = 0.0

    def begin(self, skeleton: str) -> None:
        """The notebook as it was read: current format, ids, no outputs."""
        if self._notebook is not None:
            return
        try:
            notebook = json.loads(skeleton)
            code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
            if not all(isinstance(cell["outputs"], list) and isinstance(cell["metadata"], dict) for cell in code):
                return
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        self._notebook, self._code, self.cells = notebook, code, len(code)

    def start_cell(self, number: int) -> bool:
        """Cells come in order, each once; False for anything else."""
        if number != self.cell + 1 or number > len(self._code):
            return False
        self.cell = number
        self._clear_at_next = False
        self._started = time.monotonic()
        self._code[number - 1]["metadata"]["execution"] = {"iopub.execute_input": _now()}
        return True

    def finish_cell(self, count: object) -> None:
        if not self._running():
            return
        cell = self._code[self.cell - 1]
        cell["execution_count"] = count if isinstance(count, int) and not isinstance(count, bool) else None
        cell["metadata"]["execution"]["shell.execute_reply"] = _now()
        cell["metadata"]["pathway"] = {"seconds": round(time.monotonic() - self._started, 4)}

    def stream(self, name: str, text: str) -> None:
        """Printed text, into the running cell and the log of the whole run."""
        if name not in self.text:
            return
        self.text[name] += text
        if not self._running():
            return
        outputs = self._outputs()
        if outputs and outputs[-1]["output_type"] == "stream" and outputs[-1]["name"] == name:
            outputs[-1]["text"] += text
        else:
            self._add({"output_type": "stream", "name": name, "text": text})

    def output(self, told: dict[str, Any]) -> None:
        """One thing that a cell showed."""
        if not self._running():
            return
        match told.get("type"):
            case "stream":
                if isinstance(told.get("name"), str) and isinstance(told.get("text"), str):
                    self.stream(told["name"], told["text"])
            case "display" | "result" | "update" as kind:
                self._show(kind, told)
            case "clear":
                self._clear_at_next = True
                if told.get("wait") is not True:
                    self._outputs()
            case "error":
                self._add(
                    {
                        "output_type": "error",
                        "ename": _text(told.get("ename")),
                        "evalue": _text(told.get("evalue")),
                        "traceback": [_text(line) for line in _list(told.get("traceback"))],
                    }
                )

    def note(self, sentence: str) -> None:
        """What the platform has to say about the cell at which the run ended."""
        if self._running():
            self._clear_at_next = False
            self._add({"output_type": "error", "ename": "Stopped", "evalue": sentence, "traceback": [sentence]})

    def shown(self) -> list[dict[str, Any]]:
        """What the running cell has shown so far."""
        return [dict(output) for output in self._code[self.cell - 1]["outputs"]] if self._running() else []

    def as_bytes(self) -> bytes | None:
        if self._notebook is None:
            return None
        return json.dumps(self._notebook, ensure_ascii=False, indent=1).encode("utf-8", "replace")

    def _show(self, kind: str, told: dict[str, Any]) -> None:
        data, metadata = _bundle(told.get("data")), told.get("metadata")
        metadata = metadata if isinstance(metadata, dict) and _is_json(metadata) else {}
        name = told.get("id") if isinstance(told.get("id"), str) else None
        if kind == "update":
            for output in self._displays.get(name or "", []):
                output["data"], output["metadata"] = data, metadata
            return
        if kind == "display":
            output = {"output_type": "display_data", "data": data, "metadata": metadata}
        else:
            count = told.get("count")
            output = {
                "output_type": "execute_result",
                "data": data,
                "metadata": metadata,
                "execution_count": count if isinstance(count, int) and not isinstance(count, bool) else None,
            }
        self._add(output)
        if name:
            self._displays.setdefault(name, []).append(output)

    def _running(self) -> bool:
        return 0 < self.cell <= len(self._code)

    def _outputs(self) -> list[dict[str, Any]]:
        outputs: list[dict[str, Any]] = self._code[self.cell - 1]["outputs"]
        if self._clear_at_next:
            self._clear_at_next = False
            outputs.clear()
        return outputs

    def _add(self, output: dict[str, Any]) -> None:
        outputs = self._outputs()
        if len(outputs) < _MAX_OUTPUTS:
            outputs.append(output)


def _bundle(data: object) -> dict[str, Any]:
    """A display's MIME types and contents, without those that nbformat would not accept."""
    if not isinstance(data, dict):
        return {}
    return {
        kind: content
        for kind, content in data.items()
        if _MIME.fullmatch(kind)
        and (isinstance(content, str) or (kind.endswith("json") and _is_json(content)) or _is_lines(content))
    }


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_json(item) for item in value)
    if isinstance(value, float):
        return value == value and value not in (float("inf"), float("-inf"))
    return value is None or isinstance(value, str | bool | int)


def _is_lines(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
