from __future__ import annotations

import json
import time
from typing import Any

import nbformat
import pytest

from sandbox import Event, Outcome, Verdict

pytestmark = pytest.mark.sandbox


def executed(outcome: Outcome) -> Any:
    assert outcome.notebook is not None
    notebook = nbformat.reads(outcome.notebook.decode(), as_version=4)
    nbformat.validate(notebook)
    return notebook


def outputs(outcome: Outcome, cell: int = 1) -> list[Any]:
    found: list[Any] = executed(outcome).cells[cell - 1].outputs
    return found


def test_streams_results_and_counts_are_recorded(run: Any) -> None:
    outcome = run(["import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('more')\n6 * 7", "", "'text'"])
    notebook = executed(outcome)
    assert outcome.verdict is Verdict.COMPLETED
    assert [cell.execution_count for cell in notebook.cells] == [1, None, 2]
    assert [cell.id for cell in notebook.cells] == ["cell-1", "cell-2", "cell-3"]
    out, err, more, result = notebook.cells[0].outputs
    assert [(out.name, out.text), (err.name, err.text), (more.name, more.text)] == [
        ("stdout", "out\n"),
        ("stderr", "err\n"),
        ("stdout", "more\n"),
    ]
    assert (result.output_type, result.execution_count, result.data["text/plain"]) == ("execute_result", 1, "42")
    assert (outcome.stdout, outcome.stderr) == ("out\nmore\n", "err\n")


def test_a_frame_is_shown_as_a_table(run: Any) -> None:
    (result,) = outputs(run(["import pandas as pd\npd.DataFrame({'age': [61]})"]))
    assert "<table" in result.data["text/html"]
    assert "age" in result.data["text/plain"]


def test_plots_are_shown_as_pictures(run: Any) -> None:
    cells = [
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "plt.plot([1, 2])",
        "plt.scatter([1], [2]); plt.show()",
    ]
    outcome = run(cells)
    line, plot = outputs(outcome, 2)
    assert line.output_type == "execute_result"
    assert plot.output_type == "display_data"
    assert plot.data["image/png"].startswith("iVBOR")
    assert [output.output_type for output in outputs(outcome, 3)] == ["display_data"]


def test_displays_can_be_updated_and_cleared(run: Any) -> None:
    cells = [
        "from IPython.display import HTML, clear_output, display\nh = display(HTML('<b>1</b>'), display_id=True)",
        "h.update(HTML('<b>2</b>'))\nprint('before')\nclear_output()\nprint('after')",
        "print('first')\nclear_output(wait=True)\nprint('second')",
    ]
    outcome = run(cells)
    assert [output.data["text/html"] for output in outputs(outcome, 1)] == ["<b>2</b>"]
    assert [output.text for output in outputs(outcome, 2)] == ["after\n"]
    assert [output.text for output in outputs(outcome, 3)] == ["second\n"]


def test_it_stops_at_the_first_error_and_says_where(run: Any) -> None:
    outcome = run(["x = 1", "def f():\n    return 1 / 0\nprint('before')\nf()", "print('never')"])
    assert outcome.verdict is Verdict.CRASHED
    assert (outcome.error.type, outcome.error.cell, outcome.error.line) == ("ZeroDivisionError", 2, 2)
    assert outcome.message == "Cell 2, line 2: ZeroDivisionError: division by zero"
    notebook = executed(outcome)
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, None]
    _, error = notebook.cells[1].outputs
    assert (error.ename, error.evalue) == ("ZeroDivisionError", "division by zero")
    assert "ZeroDivisionError" in error.traceback[-1]


def test_a_failure_in_an_earlier_cells_function_is_told_where_it_was_called(run: Any) -> None:
    outcome = run(["def half(x):\n    return 1 / x", "x = 0\nhalf(x)"])
    assert (outcome.error.cell, outcome.error.line) == (2, 2)


def test_a_syntax_error_has_its_line(run: Any) -> None:
    outcome = run(["x = 1", "y = 2\nif y\n    pass"])
    assert (outcome.error.type, outcome.error.cell, outcome.error.line) == ("SyntaxError", 2, 2)
    assert outputs(outcome, 2)[0].ename == "SyntaxError"


def test_leaving_is_an_error_of_its_cell(run: Any) -> None:
    outcome = run(["import sys", "sys.exit()", "print('never')"])
    assert (outcome.verdict, outcome.error.type, outcome.error.cell) == (Verdict.CRASHED, "SystemExit", 2)
    outcome = run(["exit()", "print('never')"])
    assert (outcome.verdict, outcome.error.cell, outcome.stdout) == (Verdict.CRASHED, 1, "")


def test_each_cell_has_its_time(run: Any) -> None:
    notebook = executed(run(["import time; time.sleep(0.05)", "pass"]))
    assert notebook.cells[0].metadata.pathway.seconds >= 0.02
    assert set(notebook.cells[1].metadata.execution) == {"iopub.execute_input", "shell.execute_reply"}


def test_events_say_which_cell_is_running(run: Any) -> None:
    events: list[Event] = []
    run(["1", "2"], on_event=events.append)
    told = [(event.kind, event.cell, event.cells) for event in events if event.kind not in {"output", "waiting"}]
    assert told == [("started", 0, 0), ("cell", 1, 2), ("cell", 2, 2), ("finished", 2, 2)]


def test_what_a_cell_shows_is_told_while_it_runs(run: Any) -> None:
    events: list[Event] = []
    forever = "import time\nprint('so far')\nwhile True:\n    time.sleep(1)"
    outcome = run(["print('one')\n2", forever], on_event=events.append, wall_s=1)
    assert outcome.verdict is Verdict.TIMED_OUT
    shown = {event.cell: [output.get("text") for output in event.outputs] for event in events if event.kind == "output"}
    assert shown == {1: ["one\n", None], 2: ["so far\n"]}


def test_a_cell_that_shows_much_is_told_a_few_times_a_second(run: Any) -> None:
    events: list[Event] = []
    run(["for n in range(20_000):\n    print(n)"], on_event=events.append)
    shown = [event for event in events if event.kind == "output"]
    assert shown[-1].outputs[0]["text"].endswith("19999\n")
    assert len(shown) < 200


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1\n%timeit x", "Cell 2, line 2: %timeit is a magic"),
        ("%%bash\nls", "Cell 2, line 1: %%bash is a magic"),
        ("!pip install torch", "Cell 2, line 1: !pip install torch is a shell command"),
        ("files = !ls", "Cell 2, line 1: !ls is a shell command"),
        ("print?", "Cell 2, line 1: a question mark"),
        ("%matplotlib widget", "Cell 2, line 1: %matplotlib is a magic"),
    ],
)
def test_magics_and_shell_commands_are_refused_before_anything_runs(run: Any, source: str, said: str) -> None:
    events: list[Event] = []
    outcome = run(["print('never')", source], on_event=events.append)
    assert outcome.verdict is Verdict.REFUSED
    assert outcome.message.startswith(said)
    assert outcome.error.cell == 2
    assert outcome.stdout == ""


def test_magics_that_are_called_are_refused_when_they_run(run: Any) -> None:
    outcome = run(["ip = get_ipython()", "ip.system('ls')"])
    assert (outcome.verdict, outcome.error.cell) == (Verdict.CRASHED, 2)
    assert "!ls is a shell command" in outcome.message


def test_input_is_refused_in_plain_words(run: Any) -> None:
    outcome = run(["age = input()"])
    assert "nobody is there" in outcome.message
    assert (outcome.error.cell, outcome.error.line) == (1, 1)


def test_outputs_that_came_with_the_file_are_discarded(run: Any, as_notebook: Any) -> None:
    notebook = json.loads(as_notebook(["x = 1"]))
    old = {"output_type": "stream", "name": "stdout", "text": "forged: 100 %"}
    notebook["cells"][0].update(outputs=[old], execution_count=99)
    outcome = run(["pass"], {"analysis.ipynb": json.dumps(notebook)})
    assert outputs(outcome) == []
    assert executed(outcome).cells[0].execution_count == 1


def test_an_old_notebook_gets_ids_and_the_current_format(run: Any) -> None:
    old = {
        "nbformat": 4,
        "nbformat_minor": 2,
        "metadata": {},
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
            {
                "cell_type": "code",
                "metadata": {},
                "source": ["print(1)\n", "print(2)"],
                "outputs": [],
                "execution_count": 3,
            },
        ],
    }
    outcome = run(["pass"], {"analysis.ipynb": json.dumps(old)})
    notebook = executed(outcome)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert all(cell.id for cell in notebook.cells)
    assert outcome.stdout == "1\n2\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"cells": [\n1,\n}', "line 3 is not JSON"),
        ("", "line 1 is not JSON"),
        ("[1, 2]", "not what Jupyter writes"),
        ('{"nbformat": 4}', "not a valid notebook"),
        (
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "poem"}]}',
            "not a valid notebook",
        ),
        (b"\xff\xfe{}", "not UTF-8"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_sentence(run: Any, content: str | bytes, said: str) -> None:
    outcome = run(["pass"], {"analysis.ipynb": content})
    assert outcome.verdict is Verdict.REFUSED
    assert said in outcome.message
    assert outcome.message.startswith("analysis.ipynb")


def test_a_notebook_in_another_language_is_refused(run: Any, as_notebook: Any) -> None:
    content = as_notebook(["1"], kernelspec={"name": "ir", "language": "R", "display_name": "R"})
    assert "written for R" in run(["pass"], {"analysis.ipynb": content}).message


def test_a_notebook_that_is_stopped_keeps_what_it_showed(run: Any) -> None:
    outcome = run(["print('one')", "print('two')\nwhile True: pass", "print('never')"], wall_s=0.5)
    assert outcome.verdict is Verdict.TIMED_OUT
    assert outcome.message == "Stopped after 0.5 s, the limit for a whole run: cell 2 was still running."
    assert outputs(outcome, 1)[0].text == "one\n"
    stream, stopped = outputs(outcome, 2)
    assert stream.text == "two\n"
    assert stopped.evalue == outcome.message


def test_programs_that_a_cell_starts_print_into_it(run: Any) -> None:
    outcome = run(["import os\nos.system('echo started')", "pass"])
    assert outputs(outcome, 1)[0].text == "started\n"


def test_what_a_program_prints_belongs_to_its_cell_however_late_it_is_read(run: Any) -> None:
    def is_busy(event: Event) -> None:
        if event.kind == "cell" and event.cell == 1:
            time.sleep(0.3)  # meanwhile the second cell begins, and prints

    outcome = run(["pass", "import os\nos.system('echo second')"], on_event=is_busy)
    assert outputs(outcome, 1) == []
    assert outputs(outcome, 2)[0].text == "second\n"


def test_top_level_await_works(run: Any) -> None:
    assert run(["import asyncio\nawait asyncio.sleep(0)\nprint('done')"]).stdout == "done\n"


def test_an_executed_notebook_is_rendered_in_a_session_of_its_own(opened: Any, run: Any) -> None:
    done = run(["from IPython.display import HTML\nHTML('<script>alert(1)</script><b>bold</b>')", "1 / 0"])
    render = """
import nbformat
from nbconvert import HTMLExporter
def render(text):
    exporter = HTMLExporter(template_name="basic", sanitize_html=True)
    return exporter.from_notebook_node(nbformat.reads(text, 4))[0]
"""
    with opened(render) as session:
        session.run()
        page = session.call("render", done.notebook.decode()).value
    assert "<b>bold</b>" in page
    assert "ZeroDivisionError" in page
    assert "<script" not in page


def test_functions_of_a_notebook_can_be_called(opened: Any) -> None:
    with opened(["def predict(x):\n    return x * 2", "factor = 3"]) as session:
        session.run()
        assert session.call("predict", 21).value == 42
