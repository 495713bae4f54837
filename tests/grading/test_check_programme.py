"""The commands for authors, on a small programme and through the sandbox."""

from __future__ import annotations

import json
import shutil
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import factories
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from programme_files import CHECKS, CHECKS_FILE, WORK, WRONG, ProgrammeFiles, notebook

from courses.models import Revision
from grading.authoring import hostility, report
from grading.templatetags.reports import example_report

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox, pytest.mark.usefixtures("warm_sandbox")]
GOOD = "def hello():\n    return 'hello'"
SILENT = "def hello():\n    return ''"


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> ProgrammeFiles:
    made = ProgrammeFiles(tmp_path)
    made.write(f"{WORK}/reference/work.ipynb", notebook(GOOD))
    made.write(f"{WORK}/wrong/silent.ipynb", notebook(SILENT))
    settings.PROGRAMME_DIR, settings.DATA_DIR = made.folder, made.data_dir
    return made


def check(files: ProgrammeFiles, *options: str) -> tuple[int, str]:
    """The exit code of check_programme and what it printed."""
    out = StringIO()
    try:
        call_command("check_programme", str(files.folder), *options, stdout=out, stderr=StringIO())
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def last_line(printed: str) -> str:
    return printed.rstrip("\n").rsplit("\n", 1)[-1]


def test_a_programme_in_order_ends_with_its_figures_and_leaves_nothing_behind(files: ProgrammeFiles) -> None:
    before = connection.settings_dict["NAME"]

    code, printed = check(files)

    assert code == 0
    expected = "1 assignments: 1 references at full auto marks, 1 wrong solutions, 0 undetected"
    assert last_line(printed) == expected
    assert printed.count(expected) == 1
    assert "[2/2]" in printed
    assert connection.settings_dict["NAME"] == before
    assert not Revision.objects.exists()


def test_figures_of_the_reference_are_compared_with_those_stated_beforehand(files: ProgrammeFiles) -> None:
    told = 'measured("letters", len(student.call("hello")))'
    checks = CHECKS.replace("import check, expect", "import check, expect, measured", 1)
    files.write(CHECKS_FILE, checks.replace("    expect(", f"    {told}\n    expect(", 1))
    row = '[[anchor]]\nname = "letters"\nstated = 6\ntolerance = 0\noutside = "English"\n'
    files.write(f"{WORK}/anchors.toml", row)

    code, printed = check(files, "--references")

    assert code == 1
    assert "“letters” is 5, stated 6 ± 0." in printed

    files.write(f"{WORK}/anchors.toml", row + 'why = "One was lost."\n')
    code, printed = check(files, "--references")
    figure = next(line for line in printed.splitlines() if " letters " in line)
    assert code == 0
    assert figure.split()[-6:] == ["5", "6", "0", "no,", "declared", "English"]

    files.write(f"{WORK}/anchors.toml", row.replace("letters", "words"))
    code, printed = check(files, "--references", "--json")
    assert code == 1
    assert [each["ours"] for each in json.loads(printed)["figures"]] == [None]


def test_all_that_is_not_as_it_should_be_is_told(files: ProgrammeFiles) -> None:
    files.write(f"{WORK}/reference/work.ipynb", notebook(SILENT))
    files.write(f"{WORK}/wrong/good.ipynb", notebook(GOOD))
    other = WRONG.replace("silent", "good")
    files.write(f"{WORK}/wrong/wrong.toml", f'{WRONG}verdict = "crashed"\n{other}')

    code, printed = check(files)

    assert code == 1
    assert "says_hello: hello() did not say hello." in printed
    assert "Full points on says_hello, which should catch it." in printed
    assert "Its run is completed, not crashed." in printed
    assert last_line(printed) == "1 assignments: 0 references at full auto marks, 2 wrong solutions, 2 undetected"


def test_a_check_that_breaks_is_a_fault_and_detects_nothing(files: ProgrammeFiles) -> None:
    files.replace(CHECKS_FILE, 'data.table("toy_visible.csv")', 'data.table("toy_visible.csv")["age"]')

    code, printed = check(files)

    assert code == 1
    assert "Platform fault: The check says_hello broke: KeyError" in printed
    assert last_line(printed) == "1 assignments: 0 references at full auto marks, 1 wrong solutions, 1 undetected"


def test_as_json_it_is_one_object(files: ProgrammeFiles) -> None:
    code, printed = check(files, "--json", "--assignment", "toy")

    found = json.loads(printed)
    solutions = {each["kind"]: each for each in found["assignments"][0]["solutions"]}
    assert code == 0
    assert found["summary"] == "1 assignments: 1 references at full auto marks, 1 wrong solutions, 0 undetected"
    assert solutions["reference"]["result"]["auto_mark"] == 100
    assert solutions["wrong"]["result"]["checks"][0]["earned"] == 0


def test_a_module_without_assignments_has_nothing_to_try(files: ProgrammeFiles) -> None:
    code, printed = check(files, "--module", "M1")

    assert code == 0
    assert last_line(printed) == "0 assignments: 0 references at full auto marks, 0 wrong solutions, 0 undetected"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--module", "m12"], "There is no module “m12”. There are: m1-one, m2-two"),
        (["--assignment", "tox"], "There is no assignment “tox”. There are: toy."),
        (["--jobs", "0"], "--jobs is at least 1."),
    ],
)
def test_what_is_not_there_is_a_sentence(files: ProgrammeFiles, options: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        check(files, *options)


def test_a_programme_that_cannot_be_loaded_is_told_with_file_and_line(files: ProgrammeFiles) -> None:
    files.replace(CHECKS_FILE, "points=30", "points=20")

    with pytest.raises(
        CommandError, match=r"checks\.py: the points of the visible checks make 20(?s:.*)nothing was run"
    ):
        check(files)


def test_hostile_code_that_earns_hidden_points_is_told(
    files: ProgrammeFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    shutil.copy(hostility.FOLDER / "constants.py", hostile)
    (hostile / "lucky.py").write_text('"""Guesses."""\nfor name in FUNCTIONS:\n    globals()[name] = lambda: "hello"\n')
    monkeypatch.setattr(hostility, "FOLDER", hostile)

    code, printed = check(files, "--hostile")

    assert code == 1
    assert "hostile/constants.py: as expected" in printed
    assert "Hostile work earns points on hidden checks: says_it_again (70.00)." in printed
    assert "\n2 hostile runs, 1 of them not repelled\n" in printed
    assert last_line(printed).endswith("1 wrong solutions, 0 undetected")


def test_every_hostile_file_says_what_it_does_and_runs_under_short_limits(assignment: Any) -> None:
    found = hostility.hostile_solutions(assignment)

    assert len(found) == len(list(hostility.FOLDER.glob("*.py"))) >= 12
    assert all(solution.why for _, solution in found)
    assert all(hurried.limits["wall_s"] <= hostility.SECONDS for hurried, _ in found)
    assert assignment.limits["wall_s"] > hostility.SECONDS


# grade


def grade(*arguments: str) -> str:
    out = StringIO()
    call_command("grade", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_grading_needs_no_loaded_programme_and_gives_numbers(files: ProgrammeFiles) -> None:
    found = json.loads(grade("toy", str(files.path(f"{WORK}/wrong/silent.ipynb")), "--json"))

    assert (found["verdict"], found["auto_mark"]) == ("completed", 0)
    first = found["checks"][0]
    assert (first["name"], first["visible"], first["points"], first["earned"], first["message"]) == (
        "says_hello",
        True,
        30,
        0,
        "hello() did not say hello.",
    )
    assert isinstance(found["auto_mark"], float)
    assert (first["details"]["where"], first["reports"]) == ("cell 1, line 1", [])
    assert not Revision.objects.exists()


def test_metrics_are_shown_with_their_intervals_and_by_group() -> None:
    lines = report.lines_of_report(example_report())

    assert lines[0] == "On 1,000 invented patients, 171 of whom died:"
    assert "  AUROC                                 .683 (.638 to .721)" in lines
    head, *groups = lines[lines.index("", 1) + 1 :][:5]
    assert head.split() == ["n", "AUROC", "Brier", "score"], "the metrics that have a rule"
    assert groups[1] == "  Women                         339  .667 (.586 to .740)          .142 (.122 to .168)"
    assert any("not shown: Under 40." in line for line in lines)
    without = report.lines_of_report({**example_report(), "groups": [], "worst": [], "left_out": [], "resamples": 0})
    assert without[-2:] == ["", "  Without intervals."]


def test_a_loaded_programme_is_the_one_that_counts(files: ProgrammeFiles, assignment: Any) -> None:
    work = str(files.path(f"{WORK}/reference/work.ipynb"))

    with pytest.raises(CommandError, match="There is no assignment “toy”"):
        grade("toy", work)
    assert "auto mark 100" in grade("toy", work, "--programme", str(files.folder))


def test_what_a_terminal_cannot_show_is_shown_as_far_as_it_goes(files: ProgrammeFiles, tmp_path: Path) -> None:
    odd = tmp_path / "odd.ipynb"
    odd.write_bytes(factories.notebook("raise ValueError(chr(0xD800))"))
    for more in ([], ["--json"]):
        terminal = TextIOWrapper(BytesIO(), encoding="utf-8")
        call_command("grade", "toy", str(odd), "--programme", str(files.folder), *more, stdout=terminal)
        terminal.seek(0)
        assert "crashed" in terminal.read()


def test_what_cannot_be_graded_is_one_sentence(files: ProgrammeFiles, tmp_path: Path) -> None:
    text = files.folder / "programme.toml"
    (tmp_path / "empty.ipynb").touch()
    for file, sentence in {
        tmp_path / "none.ipynb": "cannot be read: No such file or directory.",
        tmp_path / ("x" * 300): "cannot be read: File name too long.",
        tmp_path: "is not a file: name the notebook",
        text: "“programme.toml” is not a .ipynb file.",
        tmp_path / "empty.ipynb": "“empty.ipynb” is empty.",
    }.items():
        with pytest.raises(CommandError, match=sentence) as refused:
            grade("toy", str(file))
        assert "\n" not in str(refused.value)
