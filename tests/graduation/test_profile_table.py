from pathlib import Path

import pytest

from courses.regulations import regulations
from graduation.awards.engine import decide
from graduation.awards.profile_table import Table, TableError, compare, read, written

RULES = regulations("2026")
HEADER = "id,M1,M2,M3,M4,M5,M6,M7,M8,M9,component_fail,misconduct,resit,rpl,outcome,mean,refer,compensated"
GOOD = "A,65,65,65,65,65,65,65,65,65,,,,,Merit,65.0,,"


def table(tmp_path: Path, *lines: str, header: str = HEADER, end: str = "\n", encoding: str = "utf-8") -> Table:
    path = tmp_path / "profiles.csv"
    path.write_bytes("".join(line + end for line in (header, *lines)).encode(encoding))
    return read(path, RULES)


def defects(tmp_path: Path, *lines: str, header: str = HEADER) -> list[str]:
    with pytest.raises(TableError) as caught:
        table(tmp_path, *lines, header=header)
    assert str(caught.value) == "\n".join(map(str, caught.value.defects))
    return [str(defect) for defect in caught.value.defects]


def test_what_was_read_is_written_with_the_decisions_in_the_same_columns(tmp_path: Path) -> None:
    worked = Path(__file__).with_name("profiles.csv")
    read_back = read(worked, RULES)
    decisions = [decide(row.profile, RULES) for row in read_back.rows]
    assert written(read_back, decisions) == worked.read_text(encoding="utf-8")


@pytest.mark.parametrize(("end", "encoding"), [("\r\n", "utf-8-sig"), ("\r\n", "utf-8"), ("\n", "utf-8-sig")])
def test_a_file_from_a_spreadsheet_reads_the_same(tmp_path: Path, end: str, encoding: str) -> None:
    spaced = " A , 65,65.0,65 ,65,45,65,65,39,65, m8 ;, , M5 = 50 ; m8=49,;M1 ,,,,"
    found = table(tmp_path, spaced, "", ",,,,,,,,,,,,,,,,,", header=HEADER.upper(), end=end, encoding=encoding)
    (row,) = found.rows
    assert row.id == "A"
    assert row.profile.marks == dict.fromkeys(RULES.modules, 65) | {"M5": 45, "M8": 39}
    assert row.profile.resits == {"M5": 50, "M8": 49}
    assert (row.profile.component_fails, row.profile.recognised) == ({"M8"}, {"M1"})
    assert row.expected == {}
    assert found.columns == tuple(HEADER.split(","))


def test_without_the_columns_of_a_decision_nothing_is_expected_and_they_are_added(tmp_path: Path) -> None:
    found = table(tmp_path, "A,65,65,65,65,65,65,65,65,65,,,,", header=HEADER[: HEADER.index(",outcome")])
    (row,) = found.rows
    decision = decide(row.profile, RULES)
    assert compare(row, decision) == []
    assert written(found, [decision]) == f"{HEADER}\n{GOOD}\n"


@pytest.mark.parametrize(
    ("expected", "columns"),
    [
        ("Merit,65.0,,", {"outcome", "mean", "refer", "compensated"}),
        ("Merit,,,", {"outcome", "refer", "compensated"}),
        (",65.0,,", {"mean"}),
        (",,M1,", {"refer"}),
        (",,,", set()),
    ],
)
def test_empty_lists_expect_none_only_beside_an_outcome(tmp_path: Path, expected: str, columns: set[str]) -> None:
    (row,) = table(tmp_path, f"A,65,65,65,65,65,65,65,65,65,,,,,{expected}").rows
    assert row.expected.keys() == columns


@pytest.mark.parametrize(
    ("expected", "differences"),
    [
        ("Refer,58.3,M6,", []),
        ("refer,58.30, m6 ;,", []),
        ("Pass,58.3,M6,", ["row A, column outcome: expected Pass, got Refer."]),
        ("Refer,58.2,M6,", ["row A, column mean: expected 58.2, got 58.3."]),
        ("Refer,many,M6,", ["row A, column mean: expected many, got 58.3."]),
        ("Refer,58.3,,", ["row A, column refer: expected none, got M6."]),
        ("Refer,58.3,M6;M7,", ["row A, column refer: expected M6;M7, got M6."]),
        (
            "Pass,58.3,,M6",
            [
                "row A, column outcome: expected Pass, got Refer.",
                "row A, column refer: expected none, got M6.",
                "row A, column compensated: expected M6, got none.",
            ],
        ),
    ],
)
def test_a_difference_names_row_column_expected_and_got(tmp_path: Path, expected: str, differences: list[str]) -> None:
    (row,) = table(tmp_path, f"A,60,60,60,60,60,39,60,60,60,,,,,{expected}").rows
    assert [str(difference) for difference in compare(row, decide(row.profile, RULES))] == differences


@pytest.mark.parametrize(
    ("row", "defect"),
    [
        ("A,101,65,65,65,65,65,65,65,65,,,,,,,,", "column M1: got mark 101, expected a whole number from 0 to 100."),
        ("A,-1,65,65,65,65,65,65,65,65,,,,,,,,", "column M1: got mark -1, expected a whole number from 0 to 100."),
        ("A,NaN,65,65,65,65,65,65,65,65,,,,,,,,", "column M1: got 'NaN', expected a whole number from 0 to 100."),
        ("A,64.5,65,65,65,65,65,65,65,65,,,,,,,,", "column M1: got '64.5', expected a whole number from 0 to 100."),
        ("A,6e1,65,65,65,65,65,65,65,65,,,,,,,,", "column M1: got '6e1', expected a whole number from 0 to 100."),
        ("A,,65,65,65,65,65,65,65,65,,,,,,,,", "column M1: got no mark, expected a mark (0 if nothing was handed in)"),
        ("A,65,65,65,65,65,65,65,65,65,M0,,,,,,,", "column component_fail: got 'M0', expected any of M1, M2,"),
        ("A,65,65,65,65,65,65,65,65,65,M1,,,,,,,", "column component_fail: got M1 with mark 65, expected a recorded"),
        ("A,65,65,65,65,65,65,65,65,65,,M1 M2,,,,,,", "column misconduct: got 'M1 M2', expected any of M1, M2,"),
        ("A,40,65,65,65,65,65,65,65,65,,,M1,,,,,", "column resit: got 'M1', expected module=mark, such as M4=70."),
        ("A,40,65,65,65,65,65,65,65,65,,,M1=,,,,,", "column resit: got 'M1=', expected module=mark"),
        ("A,40,65,65,65,65,65,65,65,65,,,M1=x,,,,,", "column resit: got 'x', expected a whole number"),
        ("A,40,65,65,65,65,65,65,65,65,,,M1=101,,,,,", "column resit: got M1=101, expected a whole number"),
        ("A,40,65,65,65,65,65,65,65,65,,,M1=50;M1=60,,,,,", "column resit: got M1 twice, expected one resit a module"),
        ("A,65,65,65,65,65,65,65,65,65,,,M1=50,,,,,", "column resit: got M1, which has 65, expected resits only of"),
        ("A,65,65,65,65,65,65,65,65,65,,,,M1;M8;M9,,,,", "column rpl: got M1, M8, M9 carry 25 credits, expected at"),
        ("A,65,65", "column (all): got 3 cells, expected 18 as in the header."),
    ],
)
def test_a_defect_names_row_column_got_and_expected(tmp_path: Path, row: str, defect: str) -> None:
    (found,) = defects(tmp_path, row)
    assert found.startswith(f"row A (line 2), {defect}")


def test_all_defects_are_told_together(tmp_path: Path) -> None:
    found = defects(
        tmp_path,
        "A,101,65,65,65,65,65,65,65,65,,,,,,,,",
        "",
        ",65,65,65,65,65,65,65,65,65,,,,,,,,",
        "A,x,65,65,65,65,65,65,65,y,,,,,,,,",
    )
    assert [line.partition(": got")[0] for line in found] == [
        "row A (line 2), column M1",
        "line 4, column id",
        "row A (line 5), column id",
        "row A (line 5), column M1",
        "row A (line 5), column M9",
    ]


def test_a_missing_and_a_doubled_column_are_told(tmp_path: Path) -> None:
    header = HEADER.replace("misconduct,", "").replace("M2", "M1")
    assert [line.partition(", expected")[0] for line in defects(tmp_path, GOOD, header=header)] == [
        "header, column M2: got no such column",
        "header, column misconduct: got no such column",
        "header, column M1: got 2 of them",
    ]


def test_an_unknown_column_is_kept_and_named(tmp_path: Path) -> None:
    found = table(tmp_path, f"{GOOD},seen by the board", header=f"{HEADER},note")
    assert found.unknown_columns == ("note",)
    assert written(found, [decide(found.rows[0].profile, RULES)]).endswith("Merit,65.0,,,seen by the board\n")


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "0 lines with content"),
        (HEADER.encode(), "1 lines with content"),
        (f"{HEADER}\n{GOOD}".encode("utf-16"), "bytes that are not UTF-8"),
        (f'{HEADER}\n"A,65'.encode(), "broken CSV (unexpected end of data)"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, got: str) -> None:
    path = tmp_path / "profiles.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"^file profiles\.csv, column \(all\): got ") as caught:
        read(path, RULES)
    assert caught.value.defects[0].got == got


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"cannot be read \(No such file or directory\)"):
        read(tmp_path / "gone.csv", RULES)
