from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

WORKED = Path(__file__).with_name("profiles.csv")


def decide_awards(*arguments: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("decide_awards", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_expectations_that_hold_print_the_table_and_nothing_else() -> None:
    assert decide_awards(str(WORKED)) == (0, WORKED.read_text(encoding="utf-8"), "")


def test_an_expectation_that_differs_is_told_beside_the_table(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(WORKED.read_text(encoding="utf-8").replace("Merit,65.0", "Pass,64.9"), encoding="utf-8")
    code, out, err = decide_awards(str(path))
    assert code == 1
    assert out == WORKED.read_text(encoding="utf-8")
    assert err.splitlines() == [
        "row T02, column outcome: expected Pass, got Merit.",
        "row T02, column mean: expected 64.9, got 65.0.",
    ]


def test_a_file_that_cannot_be_read_prints_no_table(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(WORKED.read_text(encoding="utf-8").replace("T02,65", "T02,165"), encoding="utf-8")
    code, out, err = decide_awards(str(path))
    assert (code, out) == (2, "")
    assert err == "row T02 (line 3), column M1: got mark 165, expected a whole number from 0 to 100.\n"


def test_an_unknown_version_of_the_regulations_is_refused() -> None:
    code, out, err = decide_awards(str(WORKED), "--regulations", "1999")
    assert (code, out) == (2, "")
    assert "the versions are " in err


def test_a_column_that_is_not_of_the_form_is_named(tmp_path: Path) -> None:
    path = tmp_path / "typo.csv"
    path.write_text(WORKED.read_text(encoding="utf-8").replace("outcome", "outcom"), encoding="utf-8")
    code, _, err = decide_awards(str(path))
    assert (code, err) == (0, "column outcom: not of this form, not looked at.\n")


def test_explain_prints_the_steps_of_each_decision() -> None:
    code, out, _ = decide_awards(str(WORKED), "--explain")
    assert code == 0
    assert "T04: Distinction\n  rule 3: Mean by credits of M1, " in out
    assert (
        "M9 is 70; no resit, compensation or misconduct: uplift to Distinction. [0.5 inside the margin of 1.0]" in out
    )
    assert not out.startswith("id,")


@pytest.mark.parametrize("arguments", [[], ["one.csv", "two.csv"]])
def test_one_file_is_asked_for(arguments: list[str]) -> None:
    with pytest.raises(Exception, match=r"required|unrecognized"):
        decide_awards(*arguments)
