from decimal import Decimal
from pathlib import Path

import pytest

from courses.regulations import FOLDER, RegulationsError, Weights, load, regulations, versions

TEXT = (FOLDER / "2026.toml").read_text(encoding="utf-8")


def changed(tmp_path: Path, old: str, new: str) -> Path:
    assert TEXT.count(old) == 1, old
    path = tmp_path / "2026.toml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return path


def test_the_version_of_2026_says_what_was_agreed() -> None:
    rules = regulations("2026")
    assert rules.credits == 60
    assert [(m.credits, m.weights.auto, m.weights.rubric, m.core) for m in rules.modules.values()] == [
        (5, 100, 0, False),
        (5, 100, 0, False),
        (5, 60, 40, False),
        (10, 60, 40, True),
        (5, 50, 50, False),
        (5, 60, 40, False),
        (5, 50, 50, False),
        (10, 40, 60, False),
        (10, 20, 80, True),
    ]
    assert rules.modules["M4"].weights == Weights(auto=60, rubric=40)
    assert (rules.uplift.margin, rules.uplift.share, rules.uplift.module) == (Decimal("1.0"), 50, "M9")
    assert (rules.compensation.lowest_mark, rules.compensation.max_credits, rules.compensation.min_mean) == (40, 15, 50)
    assert rules.lateness.zero_after.days == 7


def test_part_time_doubles_the_weeks() -> None:
    rules = regulations("2026")
    weeks = {name: rules.pace.part_time.weeks_of(module) for name, module in rules.modules.items()}
    assert weeks["M1"] == (1, 4)
    assert weeks["M4"] == (13, 20)
    assert weeks["M9"] == (43, 52)
    assert rules.pace.full_time.weeks_of(rules.modules["M4"]) == (7, 10)


def test_a_version_is_read_once() -> None:
    assert regulations("2026") is regulations("2026")
    assert "2026" in versions()


@pytest.mark.parametrize("version", ["1999", "../regulations/2026", ""])
def test_a_version_that_is_not_there_names_those_that_are(version: str) -> None:
    with pytest.raises(RegulationsError, match=r"version: there is no such file; the versions are .*2026"):
        regulations(version)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max_credits = 15\n", "", "compensation.max_credits: is missing. Add it: a whole number from 0 to 60."),
        (
            'version = "2026"',
            'version = "2027"',
            'version: is "2027" in a file named 2026.toml. Give both the same name.',
        ),
        ("credits = 60\n", "credits = 65\n", "modules.credits: add up to 60. They must add up to the 65 of `credits`."),
        ("auto = 20, rubric = 80", "auto = 20, rubric = 70", "modules.M9.auto: 20 and rubric 70 add up to 90."),
        (
            "auto = 20, rubric = 80",
            "auto = 20, rubric = 70, quiz = 5",
            "modules.M9.quiz: 5, auto and rubric add up to 95.",
        ),
        ("visible = 30", "visible = 40", "auto.visible: 40 and hidden 70 add up to 110. They must make 100."),
        ('module = "M9"', 'module = "M10"', 'uplift.module: names "M10", which is unknown. Choose from M1, M2,'),
        ('modules = ["M9"]', 'modules = ["M0"]', 'double_marking.modules: names "M0", which is unknown.'),
        ('modules = ["M9"]', "modules = [1]", "double_marking.modules: names 1, which is unknown."),
        ('modules = ["M9"]', 'modules = "M9"', 'double_marking.modules: is "M9". Write a list of any of M1, M2,'),
        ("pass = 50", "pass = 50.5", "marks.pass: is 50.5. Write a whole number from 1 to 100."),
        ("pass = 50", "pass = true", "marks.pass: is true. Write a whole number"),
        ("margin = 1.0", 'margin = "1.0"', 'uplift.margin: is "1.0". Write a number from 0 to 10, without quotes.'),
        ("margin = 1.0", "margin = nan", "uplift.margin: is NaN. Write a number from 0 to 10."),
        ("margin = 1.0", "margin = 11", "uplift.margin: is 11. Write a number from 0 to 10."),
        ("merit = 60", "merit = 50", "classes.merit: is 50. Write a whole number from 51 to 100."),
        ("distinction = 70", "distinction = 60", "classes.distinction: is 60. Write a whole number from 61 to 100."),
        ("component_fail_cap = 49", "component_fail_cap = 50", "marks.component_fail_cap: is 50. Write a whole number"),
        ("max_credits = 30", "max_credits = 10", "referral.max_credits: is 10. Write a whole number from 15 to 60."),
        ("discuss_up_to = 10", "discuss_up_to = 4", "double_marking.discuss_up_to: is 4. Write a whole number from 5"),
        ("not_below = 50", "not_bellow = 50", "lateness.not_below: is missing."),
        ("not_below = 50", "not_below = 50\nfee = 3", "lateness.fee: is not a key of the regulations. Remove it"),
        ("weeks = [7, 10]", "weeks = [10, 7]", "modules.M4.weeks: is [10, 7]. Write the first and last week"),
        ("weeks = [7, 10]", "weeks = [8, 10]", "modules.M4.weeks: start in week 8. Let them start in week 7"),
        ("weeks = 26", "weeks = 27", "pace.full_time.weeks: is 27, but the modules end in week 26."),
        ("weeks = 52", "weeks = 60", "pace.part_time.weeks: is 60. Write a multiple of the 26 full-time weeks."),
        ('barred_by = ["resit"', 'barred_by = ["resits"', 'uplift.barred_by: names "resits", which is unknown.'),
        ("core = true, weeks = [7", 'core = "yes", weeks = [7', 'modules.M4.core: is "yes". Write true or false'),
        ("[referral]\nmax_credits = 30", "referral = 30", "compensation.referral: is not a key"),
        ("[referral]", "[[referral]]", "referral: is [{'max_credits': 30}]. Write a table with this name."),
        ("[auto]", "[auto", "file: is not valid TOML ("),
    ],
)
def test_a_wrong_file_says_which_key_and_what_to_do(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RegulationsError) as caught:
        load(changed(tmp_path, old, new))
    assert message in str(caught.value)
    assert str(caught.value).startswith("2026.toml: ")


def test_a_missing_or_unreadable_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(RegulationsError, match=r"gone\.toml: file: cannot be read \(No such file or directory\)"):
        load(tmp_path / "gone.toml")
    (tmp_path / "2026.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RegulationsError, match="is not UTF-8 text"):
        load(tmp_path / "2026.toml")


def test_every_version_in_the_folder_loads() -> None:
    for version in versions():
        assert load(FOLDER / f"{version}.toml").version == version
