"""The same notebooks executed by nbclient with a fresh kernel and by the sandbox give the same outputs.

Compared are every output of every cell, in order, with type, text, MIME types, contents and metadata, and the execution
counts. What differs on purpose is taken out first, or not in the notebooks:

1. Order of streams. ipykernel collects what is printed on stdout and on stderr separately, and sends both now and then:
   what a cell prints alternately arrives as all of one, then all of the other. Ours come as they were printed.
2. Names of files. Cells are compiled under a temporary name in ipykernel and as `<ipython-input-…>` here; libraries lie
   in /sandbox/python here, wherever they lie on the host, which is nobody's business. Addresses (0x…) differ anyway.
3. Tracebacks have the same frames and messages. IPython writes those of ipykernel's cells in a less exact way:
   ours mark the expression that failed, leave out the frames of a recursion that repeat, and name the line at which an
   exception came up that led to another (ipykernel: the line of the other). Compared are frames, lines and messages.
4. Pictures are compared by their size in pixels: fonts and time stamps are in their bytes.
5. A cell tagged `raises-exception` may fail with nbclient. Here the run ends at any error: what is handed in cannot
   excuse its own failures. `sys.exit()` is such an error.
6. Magics, shell commands and `input()` are refused in plain words (test_notebooks.py).
7. What a thread prints after its cell has ended goes to the cell that is running then; ipykernel 7 sends it to the cell
   that started the thread. Where that is depends on the moment, in both.
8. Widgets need a front end. Without one, both show their text.
"""

from __future__ import annotations

import asyncio
import base64
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from sandbox import Outcome, Verdict

pytestmark = [
    pytest.mark.sandbox,
    # ipykernel's own: its sockets and loops are closed when they are collected.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning", "ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

new_output = nbformat.v4.new_output


def error(line: str) -> Any:
    return new_output("error", ename="E", evalue="x", traceback=[line])


NOTEBOOKS = {path.stem: path for path in sorted(Path(__file__).parent.glob("like_nbclient/*.py"))}


def cells_of(path: Path) -> list[str]:
    """A file of cells, each under a line `# %%`."""
    _, *cells = path.read_text().split("# %%\n")
    return [cell.rstrip("\n") for cell in cells]


# Of the whole session: a module's fixtures are made again for every backend.
@pytest.fixture(scope="session")
def theirs(tmp_path_factory: Any) -> dict[str, list[Any]]:
    """What nbclient makes of them, one kernel each. All start at once, for they are slow to start."""

    async def execute(path: Path) -> list[Any]:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells_of(path)])
        folder = tmp_path_factory.mktemp(path.stem)
        client = NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=120)
        client.resources = {"metadata": {"path": str(folder)}}
        await client.async_execute()
        return list(notebook.cells)

    async def all_of_them() -> list[list[Any]]:
        return await asyncio.gather(*map(execute, NOTEBOOKS.values()))

    # In a thread of its own: the browser tests leave a running loop in this one.
    made = ThreadPoolExecutor(1).submit(lambda: asyncio.run(all_of_them())).result()
    return dict(zip(NOTEBOOKS, made, strict=True))


@pytest.mark.parametrize("name", sorted(NOTEBOOKS.keys() - {"errors"}))
def test_outputs_are_those_of_a_fresh_kernel(name: str, theirs: dict[str, list[Any]], run: Any) -> None:
    outcome: Outcome = run(cells_of(NOTEBOOKS[name]))
    assert outcome.verdict is Verdict.COMPLETED, outcome.message
    ours = executed(outcome)
    assert [cell.execution_count for cell in ours] == [cell.execution_count for cell in theirs[name]]
    for mine, other in zip(ours, theirs[name], strict=True):
        assert comparable(mine) == comparable(other)


def test_errors_are_those_of_a_fresh_kernel(theirs: dict[str, list[Any]], run: Any) -> None:
    for cell in theirs["errors"]:
        outcome = run([cell.source])
        assert outcome.verdict is Verdict.CRASHED
        (mine,) = executed(outcome)
        assert comparable(mine) == comparable(cell)


def executed(outcome: Outcome) -> list[Any]:
    assert outcome.notebook is not None, outcome
    return list(nbformat.reads(outcome.notebook.decode(), as_version=4).cells)


def comparable(cell: Any) -> list[Any]:
    """The outputs of a cell without what differs on purpose."""
    outputs: list[Any] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if not outputs or "streams" not in outputs[-1]:
                outputs.append({"streams": {}})
            streams = outputs[-1]["streams"]
            streams[output.name] = streams.get(output.name, "") + without_names(output.text)
        elif output.output_type == "error":
            outputs.append([output.ename, without_names(output.evalue), essence(output.traceback)])
        else:
            outputs.append(without_names(output))
    return outputs


def essence(traceback: list[str]) -> list[str]:
    """The frames of a traceback, where each stands, and what was raised."""
    lines = without_names(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(traceback))).splitlines()
    told = re.compile(r"Cell In|File |-+> \d|\w*(Error|Exception|Interrupt|Group)\b|The above|During|[^\s\d.-]")
    return [" ".join(line.split()) for line in lines if told.match(line)]


def without_names(value: Any) -> Any:
    """… of files, addresses, and the number of the cell; pictures as their sizes."""
    if isinstance(value, dict):
        return {key: picture(each) if is_png(key, each) else without_names(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_names(each) for each in value]
    if isinstance(value, str):
        value = re.sub(r"0x[0-9a-f]{6,}", "0x…", value)
        value = re.sub(r"/[\w./-]*/(?=site-packages/)", "", value)
        value = re.sub(r"/tmp/ipykernel_\d+/\d+\.py|<ipython-input-[\w-]+>|\b\d{6,}\.py", "<cell>", value)
        return re.sub(r"\bIn ?\[\d+\]", "In[…]", value)
    return value


def is_png(key: str, value: Any) -> bool:
    return key == "image/png" and isinstance(value, str)


def picture(png: str) -> tuple[int, ...]:
    """Width and height."""
    content = base64.b64decode(png)
    assert content.startswith(b"\x89PNG")
    return struct.unpack(">2I", content[16:24])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (new_output("stream", text="a"), new_output("stream", text="b")),
        (new_output("stream", text="a"), new_output("stream", text="a", name="stderr")),
        (new_output("display_data", {"text/html": "a"}), new_output("display_data", {"text/plain": "a"})),
        (new_output("display_data", {"text/html": "a"}), new_output("execute_result", {"text/html": "a"})),
        (error("ValueError: x"), error("ValueError: y")),
        (error("Cell In[1], line 1"), error("Cell In[1], line 2")),
        (error("----> 1 half(0)"), error("----> 1 half(1)")),
    ],
)
def test_the_comparison_sees_differences(one: Any, other: Any) -> None:
    assert comparable(nbformat.v4.new_code_cell(outputs=[one])) != comparable(
        nbformat.v4.new_code_cell(outputs=[other])
    )
