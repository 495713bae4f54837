"""nbgrader source notebooks as assignments: what becomes of each kind of cell, and that the reference passes."""

from __future__ import annotations

import base64
import json
import shutil
import tomllib
from io import StringIO
from pathlib import Path
from typing import Any

import nbformat
import pytest
from django.core.management import CommandError, call_command
from nbformat import v4
from programme_files import M4, ProgrammeFiles

from grading.authoring.nbgrader import NotAnNbgraderNotebook, import_notebook

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def cell(source: str, *, kind: str = "code", **about: Any) -> Any:
    made = v4.new_code_cell(source) if kind == "code" else v4.new_markdown_cell(source)
    if about:
        made.metadata["nbgrader"] = {"schema_version": 3, "grade": False, "solution": False, "locked": False} | about
    return made


def graded(source: str, name: str, points: float = 1) -> Any:
    return cell(source, grade=True, locked=True, grade_id=name, points=points)


def answer(source: str, name: str = "answer") -> Any:
    return cell(source, solution=True, grade_id=name)


MEAN = answer(
    'def mean(values):\n    """The mean of numbers."""\n    ### BEGIN SOLUTION\n'
    "    if not values:\n        raise ValueError('empty')\n    return sum(values) / len(values)\n    ### END SOLUTION",
    "mean",
)
CELLS = [
    cell("# Means\n\nRead the picture.\n\n![Two](two.png)", kind="markdown", locked=True, grade_id="intro"),
    cell("import math\nTOLERANCE = 1e-9", locked=True, grade_id="setup"),
    MEAN,
    cell("mean([1, 2])"),
    graded(
        '"""The mean of small lists"""\ndef close(a, b):\n    return math.isclose(a, b, rel_tol=TOLERANCE)\n\n'
        "assert close(mean([1, 2]), 1.5)\n"
        "### BEGIN HIDDEN TESTS\nassert close(mean([2, 4, 6]), 4)\n### END HIDDEN TESTS",
        "small",
        points=2,
    ),
    graded(
        "# Nothing has no mean\ntry:\n    mean([])\nexcept ValueError:\n    pass\nelse:\n"
        '    raise AssertionError("""mean([])\nhas to raise ValueError""")',
        "empty-list",
    ),
    answer("ages = [31, 42]", "ages"),
    graded("### BEGIN HIDDEN TESTS\nassert ages == [31, 42]\n### END HIDDEN TESTS", "2nd"),
    graded("sum(close(mean([n]), n) for n in (1, 2)) / 2 * 3", "partly", points=3),
    cell("## Part B\n\nWhy does it matter?", kind="markdown"),
    cell("Outliers pull it.", kind="markdown", grade=True, solution=True, grade_id="why", points=2),
    cell(
        "## Part C\n\nPlot it.\n\n### BEGIN MARK SCHEME\nAxes have names.\n### END MARK SCHEME",
        kind="markdown",
        task=True,
        grade_id="plot",
        points=4,
    ),
]


@pytest.fixture
def source(tmp_path: Path) -> Any:
    """source(cells) is a notebook with them, in a folder of its own."""

    def make(cells: list[Any], name: str = "ps1.ipynb") -> Path:
        folder = tmp_path / "source"
        folder.mkdir(exist_ok=True)
        nbformat.write(v4.new_notebook(cells=cells), folder / name)
        (folder / "two.png").write_bytes(PIXEL)
        return folder / name

    return make


def lost(cells: list[Any], source: Any) -> list[str]:
    return [str(each) for each in import_notebook(source(cells)).lost]


def code(book: str) -> str:
    return "\n\n".join(each["source"] for each in nbformat.reads(book, as_version=4).cells)


@pytest.mark.django_db
@pytest.mark.sandbox
@pytest.mark.usefixtures("warm_sandbox")
def test_an_imported_assignment_loads_and_its_reference_earns_every_point(
    source: Any, tmp_path: Path, settings: Any
) -> None:
    files = ProgrammeFiles(tmp_path)
    shutil.rmtree(files.path(f"{M4}/assignments"))
    files.write(
        f"{M4}/lessons/1-first.md",
        files.path(f"{M4}/lessons/1-first.md")
        .read_text()
        .replace("../assignments/toy/brief.md", "https://example.org"),
    )
    settings.DATA_DIR = files.data_dir
    folder = files.path(f"{M4}/assignments/means")
    call_command("import_nbgrader", str(source(CELLS)), str(folder), stdout=StringIO())
    wrong = {"floor": ["small_hidden", "partly", "partly_hidden"], "silent": ["empty_list", "empty_list_hidden"]}
    (folder / "wrong").mkdir()
    reference = (folder / "reference" / "ps1.ipynb").read_text()
    (folder / "wrong" / "floor.ipynb").write_text(
        reference.replace("return sum(values) /", "return 1.5 + 0 * sum(values) /")
    )
    (folder / "wrong" / "silent.ipynb").write_text(reference.replace("raise ValueError('empty')", "return 0"))
    (folder / "wrong" / "wrong.toml").write_text(
        "".join(
            f'[[wrong]]\nfile = "{name}.ipynb"\nwhy = "For the test."\ncaught_by = {json.dumps(checks)}\n'
            for name, checks in wrong.items()
        )
    )
    out = StringIO()

    try:
        call_command("check_programme", str(files.folder), "--json", stdout=out, stderr=StringIO())
    except SystemExit:
        pytest.fail(out.getvalue())

    found = json.loads(out.getvalue())
    solutions = {each["file"]: each["result"] for each in found["assignments"][0]["solutions"]}
    messages = {check["name"]: check["message"] for check in solutions["floor.ipynb"]["checks"]}
    assert found["summary"] == "1 assignments: 1 references at full auto marks, 2 wrong solutions, 0 undetected"
    assert messages["partly"] == "The test gives 0 of 3 points."
    assert messages["small_hidden"] == "A hidden test does not hold."
    silent = {check["name"]: check["message"] for check in solutions["silent.ipynb"]["checks"]}
    assert silent["empty_list"] == "mean([])\nhas to raise ValueError"


def test_students_get_stubs_and_no_tests_and_the_reference_the_answers(source: Any) -> None:
    files = import_notebook(source(CELLS)).files

    given, answered = code(files["starter/ps1.ipynb"]), code(files["reference/ps1.ipynb"])
    assert '"""The mean of numbers."""\n    # YOUR CODE HERE\n    raise NotImplementedError()' in given
    assert "YOUR ANSWER HERE" in given
    for secret in ("sum(values)", "Outliers", "Axes have names", "assert", "[31, 42]", "BEGIN"):
        assert secret not in given
    assert "return sum(values)" in answered
    assert "Outliers pull it." in answered
    assert "BEGIN" not in answered
    assert "assert" not in answered


def test_visible_checks_do_not_hold_the_hidden_tests(source: Any) -> None:
    text = import_notebook(source(CELLS)).files["checks.py"]

    visible = text[: text.index("def small_hidden")]
    assert "mean([1, 2])" in visible
    assert "mean([2, 4, 6])" not in visible
    assert "def test_2nd_hidden" in text
    assert "def test_2nd(" not in text


def test_points_become_thirty_and_seventy_in_proportion(source: Any) -> None:
    text = import_notebook(source(CELLS)).files["checks.py"]

    assert 'check("The mean of small lists", points=10, visible=True)' in text
    assert 'check("Hidden: The mean of small lists", points=20, visible=False)' in text
    assert 'check("Hidden: 2nd", points=10, visible=False)' in text


def test_cells_that_a_person_marks_become_the_rubric_and_mark_schemes_a_note(source: Any) -> None:
    files = import_notebook(source(CELLS)).files

    criteria = tomllib.loads(files["rubric.toml"])["criteria"]
    assert [(each["id"], each["title"], each["weight"]) for each in criteria] == [
        ("why", "Part B", 33),
        ("plot", "Part C", 67),
    ]
    assert criteria[0]["question"] == "Why does it matter?"
    assert "Axes have names." in files["author.md"]


def test_a_picture_beside_the_notebook_goes_into_it(source: Any) -> None:
    first = nbformat.reads(import_notebook(source(CELLS)).files["starter/ps1.ipynb"], as_version=4).cells[0]

    assert "![Two](attachment:two.png)" in first.source
    assert base64.b64decode(first.attachments["two.png"]["image/png"]) == PIXEL


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (
            [MEAN, graded("old = mean\ndel mean", "deletes")],
            "cell 2: the test deletes is left out: it replaces or deletes mean",
        ),
        (
            [MEAN, graded("### AUTOTEST mean([1])", "auto")],
            "cell 2: the test auto is left out. ### AUTOTEST stands for",
        ),
        ([MEAN, graded("assert mean([1]) == 1", "free", 0)], "cell 2: the test free is worth no points"),
        ([MEAN, graded("assert mean([1]) ==", "broken")], "cell 2: the test broken is left out: it is not Python"),
        (
            [MEAN, graded("assert median([1])", "other")],
            "cell 2: the test other is left out: it uses median, which no cell",
        ),
        (
            [answer("class Point:\n    x = 1"), graded("assert Point().x == 1", "objects")],
            "cell 2: the test objects is left out: objects of the student's class Point cannot leave",
        ),
        (
            [MEAN, graded("%matplotlib inline\nassert mean([1]) == 1", "magic")],
            "cell 2: lines that begin with % or ! are left",
        ),
        ([MEAN, cell("![x](gone.png)", kind="markdown")], "cell 2: the picture gone.png is not beside the notebook"),
        ([MEAN], "no test cell could be carried over"),
        (CELLS, "read-only cells 1, 2: nothing stops a student from changing them"),
        (CELLS, "7 points of tests became 30 visible and 70 hidden ones in proportion"),
    ],
)
def test_what_cannot_be_carried_over_is_told_with_its_cell(cells: list[Any], reason: str, source: Any) -> None:
    told = lost(cells, source)

    assert [each for each in told if each.startswith(reason)], told


def test_a_folder_becomes_one_assignment_for_each_notebook(source: Any, tmp_path: Path) -> None:
    source(CELLS, "Problem 1.ipynb")
    folder = source([MEAN], "problem2.ipynb").parent
    out = StringIO()

    call_command("import_nbgrader", str(folder), str(tmp_path / "assignments"), stdout=out)

    assert sorted(each.name for each in (tmp_path / "assignments").iterdir()) == ["problem-1", "problem2"]
    assert (tmp_path / "assignments" / "problem-1" / "starter" / "Problem-1.ipynb").is_file()
    assert "no test cell could be carried over" in out.getvalue()


def test_what_cannot_be_imported_is_one_sentence_and_nothing_is_written(source: Any, tmp_path: Path) -> None:
    work = source(CELLS)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").touch()
    (tmp_path / "text.ipynb").write_text("{")
    half = v4.new_notebook(cells=[graded("assert '\ud800'", "half")])
    (tmp_path / "half.ipynb").write_text(json.dumps(half))
    for arguments, sentence in {
        (work, tmp_path / "there"): "is there already: nothing was written",
        (work, tmp_path / "Not a name"): "is no name for an assignment",
        (tmp_path / "text.ipynb", tmp_path / "new"): "is not a notebook that can be read",
        (tmp_path / "none.ipynb", tmp_path / "new"): "cannot be read: No such file or directory",
        (tmp_path / "there", tmp_path / "new"): "holds no notebook",
        (tmp_path / ("x" * 300), tmp_path / "new"): "xxx cannot be read: File name too long",
        (work, tmp_path / ("x" * 300)): "xxx cannot be written: File name too long",
        (tmp_path / "half.ipynb", tmp_path / "new"): "holds half a character",
    }.items():
        with pytest.raises(CommandError, match=sentence):
            call_command("import_nbgrader", *map(str, arguments), stdout=StringIO())
    assert not (tmp_path / "new").exists()


def test_two_notebooks_that_would_become_one_assignment_are_refused(source: Any, tmp_path: Path) -> None:
    source(CELLS, "Problem 1.ipynb")
    folder = source([MEAN], "problem-1.ipynb").parent
    with pytest.raises(CommandError, match="would both become problem-1: rename one"):
        call_command("import_nbgrader", str(folder), str(tmp_path / "assignments"))
    assert not (tmp_path / "assignments").exists()


def test_a_notebook_without_nbgraders_cells_is_refused(source: Any) -> None:
    with pytest.raises(NotAnNbgraderNotebook, match="has no cell of nbgrader's"):
        import_notebook(source([cell("x = 1")]))
