"""What a cell has shown, made safe to stand in our own page: plain text, pictures, and tables without anything else.

Code of students has made it. What cannot be shown like this is in the executed notebook, in a frame without rights.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import nh3

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TABLE = {"caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "b", "strong", "em", "i", "br", "p", "code"}
SPANS = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}}
NO_HEADING = re.compile(r"<th[^>]*></th>")  # above the row labels of a frame: a heading of nothing is none
PICTURES = ("image/png", "image/jpeg")
MAX_TEXT = 100_000
MAX_PICTURE = 2_000_000  # of base64
MAX_WHILE_RUNNING = 250_000
MAX_PARTS = 200
LATER = "It is long, and shown when the run has ended."


@dataclass(frozen=True)
class Part:
    """One thing shown: kind is text, warning (standard error), table, picture, error or note."""

    kind: str
    text: str = ""
    """Text, safe HTML of a table, or the data address of a picture."""
    more: str = ""
    """Of an error: where it came from, line by line."""


def parts_of(outputs: Iterable[Mapping[str, Any]]) -> list[Part]:
    """What of a cell's outputs can be shown, in their order."""
    found = [part for output in outputs for part in [part_of(output)] if part is not None]
    if len(found) > MAX_PARTS:
        found = [*found[:MAX_PARTS], Part("note", f"{len(found) - MAX_PARTS} more outputs are in the whole notebook.")]
    return found


def part_of(output: Mapping[str, Any]) -> Part | None:
    match output.get("output_type"):
        case "stream" if joined(output["text"]):
            return Part("warning" if output.get("name") == "stderr" else "text", shortened_text(joined(output["text"])))
        case "error":
            return error_part(output)
        case "display_data" | "execute_result":
            data = output.get("data", {})
            return picture(data) or table(data) or plain(data)
    return None


def error_part(output: Mapping[str, Any]) -> Part:
    name, message = joined(output.get("ename", "")), joined(output.get("evalue", ""))
    if name in {"Stopped", "Refused"}:
        return Part("error", message)
    lines = "\n".join(joined(line) for line in output.get("traceback", []))
    return Part("error", shortened_text(f"{name}: {message}" if message else name), shortened_text(lines))


def picture(data: Mapping[str, Any]) -> Part | None:
    for kind in PICTURES:
        content = joined(data.get(kind, "")).replace("\n", "")
        if content and len(content) <= MAX_PICTURE and is_base64(content):
            return Part("picture", f"data:{kind};base64,{content}", shortened_text(joined(data.get("text/plain", ""))))
    return None


def is_base64(content: str) -> bool:
    try:
        base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def table(data: Mapping[str, Any]) -> Part | None:
    html = joined(data.get("text/html", ""))
    if "<table" not in html or len(html) > MAX_TEXT:
        return None
    clean = nh3.clean(html, tags=TABLE, attributes=SPANS, clean_content_tags={"style", "script"})
    return Part("table", NO_HEADING.sub("<td></td>", clean))


def plain(data: Mapping[str, Any]) -> Part | None:
    text = joined(data.get("text/plain", ""))
    return Part("text", shortened_text(text)) if text else None


def joined(text: Any) -> str:
    """nbformat may write a text as a list of lines."""
    if isinstance(text, list):
        text = "".join(line for line in text if isinstance(line, str))
    return ANSI.sub("", text) if isinstance(text, str) else ""


def shortened_text(text: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[: MAX_TEXT // 2]}\n… {len(text) - MAX_TEXT} characters are left out here …\n{text[-MAX_TEXT // 2 :]}"


def shortened(outputs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """As much of what a cell shows as may go to the database again and again while it runs."""
    kept: list[Mapping[str, Any]] = []
    room = MAX_WHILE_RUNNING
    for output in outputs:
        if output.get("output_type") == "stream":
            output = {**output, "text": joined(output["text"])[-MAX_WHILE_RUNNING // 4 :]}
        room -= len(json.dumps(output))
        if room < 0:
            return [*kept, {"output_type": "stream", "name": "stdout", "text": LATER}]
        kept.append(output)
    return kept
