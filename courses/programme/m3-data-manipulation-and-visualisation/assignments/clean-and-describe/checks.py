"""What is checked about a submission, and for how many points.

The student hands in clean(tests), summary(tests), weekly(tests), latest(labs, test, low, high, years=2) and
table_one(people). Errors are planted here, with fixed seeds, in copies of the visible tables.
"""

import ast
from functools import cache

import numpy as np
import pandas as pd
from checking import CheckFailed, Data, Student, check, expect, expect_close, measured

FLAGS = ["flag_age", "flag_time", "flag_result", "flag_repeat"]
WORDS = {"positive", "negative", "invalid"}
VARIABLES = ["age", "weight", "height", "bmi"]


# What is right -------------------------------------------------------------------------------------------------------


def word(tests: pd.DataFrame) -> pd.Series:
    return tests["result"].astype("string").str.strip().str.lower()


def right_flags(tests: pd.DataFrame) -> pd.DataFrame:
    times = tests[["col_rec_tat", "rec_ver_tat"]]
    return pd.DataFrame({
        "flag_age": ~tests["age"].between(0, 110),
        "flag_time": ~((times >= 0) & (times <= 2160)).all(axis=1),
        "flag_result": ~word(tests).isin(WORDS).fillna(False).astype(bool),
        "flag_repeat": tests.duplicated(),
    })  # fmt: skip


def wilson(events: pd.Series, n: pd.Series) -> tuple[pd.Series, pd.Series]:
    z, share = 1.959964, events / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


# What the student gives ----------------------------------------------------------------------------------------------


def table(value: object, columns: list[str], function: str) -> pd.DataFrame:
    """The student's table with these columns; anything else fails the check."""
    try:
        given = pd.DataFrame(value).reset_index(drop=True)
        given = given[columns]
        if given.shape[1] != len(columns):
            raise ValueError
    except Exception:
        # What came back is the student's: pandas may refuse it with any kind of exception.
        raise CheckFailed(
            f"We cannot read what {function} gave. We need a table with the columns {', '.join(columns)}.",
            got=str(type(value).__name__),
            look_at=function,
        ) from None
    return given


def floats(column: pd.Series, what: str, function: str) -> np.ndarray:
    try:
        return column.to_numpy(dtype=float, na_value=np.nan)
    except Exception:
        raise CheckFailed(f"{what} of {function} are not numbers.", look_at=function) from None


def flags(student: Student, tests: pd.DataFrame) -> pd.DataFrame:
    """The student's four flags for these tests, after having seen that nothing else has changed."""
    columns = list(tests.columns)
    given = table(student.call("clean", tests), [*columns, *FLAGS], "clean")
    expect(
        len(given) == len(tests),
        f"We sent {len(tests):,} tests and clean gave {len(given):,}. Flag a row that is wrong; do not remove it.",
        look_at="clean",
    )
    for column in columns:
        ours, theirs = tests[column], given[column]
        if ours.equals(theirs):
            continue
        same = (ours.isna() & theirs.isna()) | (ours.astype(object) == theirs.astype(object)).fillna(False)
        changed = int((~same.astype(bool)).sum())
        expect(
            changed == 0,
            f"clean changed {changed:,} values of {column}, or the order of the rows. It adds flags and leaves the columns "
            "that came as they are.",
            look_at="clean",
        )
    for name in FLAGS:
        kinds = set(map(type, given[name].tolist()))
        expect(kinds <= {bool, np.bool_}, f"{name} has to be true or false in every row.", look_at="clean")
    return given[FLAGS].astype(bool)


@cache
def visible_flags(student: Student, data: Data) -> pd.DataFrame:
    return flags(student, data.table("covid_testing.csv"))


def counted(student: Student, tests: pd.DataFrame) -> dict:
    given = student.call("summary", tests)
    keys = ("rows", "people", "positive", "negative", "invalid", "positivity")
    if not isinstance(given, dict) or not all(isinstance(given.get(key), int | float) for key in keys):
        raise CheckFailed(f"summary has to give a dictionary with a number for {', '.join(keys)}.", look_at="summary")
    return given


# Visible: 30 points --------------------------------------------------------------------------------------------------


@check("Every row is kept, with four flags", points=12, visible=True)
def rows_kept(student: Student, data: Data) -> None:
    visible_flags(student, data)


@check("Rows and people are counted", points=8, visible=True)
def rows_and_people(student: Student, data: Data) -> None:
    given = counted(student, data.table("covid_testing.csv"))
    expect_close(given["rows"], 15524, "rows of summary", within=0, look_at="summary")
    expect_close(given["people"], 12344, "people of summary", within=0, look_at="summary")


@check("Table 1 has a row for each variable and group", points=10, visible=True)
def shape_of_table_one(student: Student, data: Data) -> None:
    given = first_table(student, data.table("nafld1.csv"))
    wanted = {(variable, group) for variable in VARIABLES for group in ("case", "other")}
    found = list(zip(given["variable"], given["group"], strict=True))
    expect(
        len(found) == 8 and set(found) == wanted,
        "We need eight rows: age, weight, height and bmi, each for case and for other.",
        got=found,
        look_at="table_one",
    )
    sizes = {
        group: set(floats(given.loc[given["group"] == group, "n"], "n", "table_one")) for group in ("case", "other")
    }
    expect(
        sizes == {"case": {3514.0}, "other": {14035.0}},
        "n is the number of people in the group, with or without a value: 3,514 cases and 14,035 others.",
        look_at="table_one",
    )


def first_table(student: Student, people: pd.DataFrame) -> pd.DataFrame:
    columns = ["variable", "group", "n", "missing", "median", "q1", "q3"]
    return table(student.call("table_one", people), columns, "table_one")


# Hidden: 70 points ---------------------------------------------------------------------------------------------------


@check("Positive, negative and invalid", points=10, visible=False)
def counts(student: Student, data: Data) -> None:
    tests = data.table("covid_testing.csv")
    random = np.random.default_rng(21)
    odd = tests.copy()
    rows = random.choice(len(odd), 900, replace=False)
    odd.loc[rows[:450], "result"] = odd.loc[rows[:450], "result"].str.upper()
    odd.loc[rows[450:], "result"] = " " + odd.loc[rows[450:], "result"] + "  "
    odd = pd.concat([odd, odd.iloc[rows[:200]]]).sample(frac=1, random_state=4).reset_index(drop=True)
    for one, what in ((tests, "as it came"), (odd, "with repeated rows, capitals and spaces")):
        given = counted(student, one)
        for key in ("people", "positive", "invalid", "positivity"):
            measured(f"{key} in the file", given[key])
        for key, right in (
            ("rows", 15524),
            ("people", 12344),
            ("positive", 865),
            ("negative", 14358),
            ("invalid", 301),
        ):
            expect(
                given[key] == right,
                f"summary is wrong about `{key}` for the file {what}. A test that is invalid is neither positive nor "
                "negative, a repeated row counts once, people are different subject_id, and nobody is dropped for a gap "
                "in another column.",
                look_at="summary",
            )
        expect_close(given["positivity"], 865 / 15223, "positivity", within=1e-4, look_at="summary")


@check("The oddities of this file are flagged, and little else", points=10, visible=False, after="rows_kept")
def oddities(student: Student, data: Data) -> None:
    tests = data.table("covid_testing.csv")
    given, right = visible_flags(student, data), right_flags(tests)
    for name, what in (
        ("flag_age", "the five people who are older than anybody alive"),
        ("flag_time", "the result 18.6 hours before its sample, or the transport of seven years"),
    ):
        expect(bool(given.loc[right[name], name].all()), f"{name} misses {what}.", look_at="clean")
    for name in FLAGS:
        wrongly = int((given[name] & ~right[name]).sum())
        expect(
            wrongly <= 5,
            f"{name} is true for {wrongly:,} tests that break none of the rules. Rare is not wrong: flag what the brief "
            "names, and match people by nothing but the whole row.",
            look_at="clean",
        )


@check("Errors that we planted are found", points=20, visible=False, after="rows_kept")
def planted(student: Student, data: Data) -> None:
    tests = data.table("covid_testing.csv").sample(4000, random_state=31).reset_index(drop=True)
    random = np.random.default_rng(32)
    places = iter(random.permutation(len(tests)).reshape(-1, 40))
    tests["age"], tests["result"] = tests["age"].astype(float), tests["result"].astype(object)
    tests.loc[next(places), "age"] = random.choice([-1.0, -4.0, 111.0, 150.0, 999.0], 40)
    tests.loc[next(places), "age"] = np.nan
    tests.loc[next(places), "age"] = random.choice([0.0, 99.0, 104.0, 110.0], 40)  # strange, and allowed
    tests.loc[next(places), "col_rec_tat"] = random.choice([-0.1, -30.0, 2161.0, 90000.0], 40)
    tests.loc[next(places), "rec_ver_tat"] = random.choice([-5.0, 5000.0], 40)
    tests.loc[next(places), "col_rec_tat"] = random.choice([0.0, 900.0, 2160.0], 40)  # strange, and allowed
    tests.loc[next(places), "rec_ver_tat"] = np.nan
    tests.loc[next(places), "result"] = random.choice(["pos", "?", "", "not detected", "negativ"], 40)
    tests.loc[next(places), "result"] = None
    tests.loc[next(places), "result"] = random.choice([" Positive", "NEGATIVE", "invalid "], 40)  # allowed
    repeated = tests.iloc[next(places)]
    near = tests.iloc[next(places)].assign(pan_day=lambda rows: rows["pan_day"] + 1)  # the same person, another test
    tests = pd.concat([tests, repeated, near]).sample(frac=1, random_state=33).reset_index(drop=True)
    given, right = flags(student, tests), right_flags(tests)
    for name in FLAGS:
        found = int((given[name] & right[name]).sum())
        recall, flagged = found / int(right[name].sum()), int(given[name].sum())
        measured(f"{name}: share of the planted errors found", recall)
        measured(f"{name}: share of the flagged that are errors", found / max(flagged, 1))
        expect(
            recall >= 0.95,
            f"{name} finds fewer than 95% of the errors that we planted. Values may be missing, negative or too large, words "
            "unknown or empty, and rows may repeat anywhere in the table.",
            look_at="clean",
        )
        expect(
            found >= 0.95 * flagged,
            f"Of the rows that have {name}, fewer than 95% are wrong. We also planted what is strange and allowed: people "
            "of 104, long transports, capitals and spaces, and a second test of the same person.",
            look_at="clean",
        )


@check("Table 1 is right, also for a part of the people", points=8, visible=False, after="shape_of_table_one")
def values_of_table_one(student: Student, data: Data) -> None:
    people = data.table("nafld1.csv")
    for part in (people, people[people["age"] < 45].reset_index(drop=True)):
        given = first_table(student, part)
        for group, rows in (
            ("case", part[part["id"] == part["case.id"]]),
            ("other", part[part["id"] != part["case.id"]]),
        ):
            for variable in VARIABLES:
                values = rows[variable]
                row = given[(given["variable"] == variable) & (given["group"] == group)]
                expect(
                    len(row) == 1,
                    "Table 1 has more or fewer than one row for a variable and group.",
                    look_at="table_one",
                )
                wanted = [len(rows), values.isna().sum(), *values.quantile([0.5, 0.25, 0.75])]
                cells = [floats(row[name], name, "table_one")[0] for name in ("n", "missing", "median", "q1", "q3")]
                expect(
                    bool(np.allclose(cells, wanted, atol=0.06)),
                    f"The row of {variable} for the group {group} is not right. Median and quartiles are those of the people "
                    "who have a value, and a gap is counted, not filled.",
                    look_at="table_one",
                )


@check("Last values before the index day, without the future", points=8, visible=False)
def last_values(student: Student, data: Data) -> None:
    labs = data.table("nafld2.csv")
    some = labs[labs["id"].isin(labs["id"].drop_duplicates().sample(1500, random_state=41))]
    some = some.drop_duplicates(["id", "days", "test"]).sample(frac=1, random_state=42).reset_index(drop=True)
    for test, low, high, years in (("hdl", 5, 150, 2), ("sbp", 60, 250, 5), ("hdl", 40, 60, 1)):
        inside = some[(some["test"] == test) & some["days"].between(-365 * years, 0) & some["value"].between(low, high)]
        right = inside.sort_values("days").groupby("id")["value"].last()
        given = table(student.call("latest", some, test, low, high, years=years), ["id", "value"], "latest")
        ids, values = floats(given["id"], "id", "latest"), floats(given["value"], "value", "latest")
        theirs = pd.Series(values, index=ids).dropna()
        expect(theirs.index.is_unique, "latest has a person more than once.", look_at="latest")
        extra = int((~theirs.index.isin(right.index)).sum())
        expect(
            extra == 0,
            "latest has values for people who have none in the window. Values after the index day are the future, and those "
            "that are too old or outside the plausible range do not count.",
            look_at="latest",
        )
        expect(len(theirs) == len(right), "latest leaves out people who have a value in the window.", look_at="latest")
        expect(
            bool(np.allclose(theirs.loc[right.index], right)),
            "latest does not give the last value for everybody. The table may be sorted in any way: sort by days first.",
            look_at="latest",
        )


@check("Weekly shares and intervals", points=8, visible=False)
def weeks(student: Student, data: Data) -> None:
    tests = data.table("covid_testing.csv")
    some = tests.sample(frac=0.6, random_state=51)
    some = pd.concat([some, some.iloc[:300]]).reset_index(drop=True)
    for one in (tests, some):
        valid = one[~one.duplicated() & (one["result"] != "invalid")]
        right = valid.groupby(valid["pan_day"] // 7)["result"].agg(
            positive=lambda r: (r == "positive").sum(), tests="size"
        )
        right["share"] = right["positive"] / right["tests"]
        right["low"], right["high"] = wilson(right["positive"], right["tests"])
        names = ["week", "tests", "positive", "share", "low", "high"]
        given = table(student.call("weekly", one), names, "weekly")
        numbers = {name: floats(given[name], name, "weekly") for name in names}
        expect(
            numbers["week"].tolist() == right.index.tolist(),
            "weekly does not have one row for each week that occurs, in order.",
            look_at="weekly",
        )
        for name, within in (("tests", 0.5), ("positive", 0.5), ("share", 5e-4), ("low", 2e-3), ("high", 2e-3)):
            expect(
                bool(np.allclose(numbers[name], right[name], atol=within, rtol=0)),
                f"`{name}` of weekly is not right in every week. Valid tests are the positive and the negative; a repeated row "
                "counts once; the interval is that of Wilson, which is never below 0.",
                look_at="weekly",
            )


@check("The tables that came are left as they were", points=6, visible=False, after="rows_kept")
def input_untouched(student: Student, data: Data) -> None:
    """Seen in the source: a function that writes into an argument which it has not copied before."""
    for node in ast.walk(ast.parse(without_magic(student.source))):
        if isinstance(node, ast.FunctionDef) and node.name in ("clean", "summary", "weekly", "latest", "table_one"):
            for argument in [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]:
                if line := written_into(node, argument):
                    raise CheckFailed(
                        f"{node.name} writes into `{argument}`, the table that it was given ({line}). Whoever called it will "
                        "find another table than before. Work on a copy.",
                        look_at=node.name,
                    )


def without_magic(source: str) -> str:
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))


def written_into(function: ast.FunctionDef, argument: str) -> str:
    """The statement that writes into the argument; empty when there is none, or the name was given to something new."""
    for statement in ast.walk(function):
        targets = []
        match statement:
            case ast.Assign(targets=found):
                targets = found
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
                targets = [target]
            case ast.Delete(targets=found):
                targets = found
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name)), keywords=words) if name == argument:
                if any(each.arg == "inplace" and getattr(each.value, "value", False) is True for each in words):
                    return ast.unparse(statement)[:80]
        for target in targets:
            if isinstance(target, ast.Name) and target.id == argument:
                return ""
            base = target
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if base is not target and isinstance(base, ast.Name) and base.id == argument:
                return ast.unparse(statement)[:80]
    return ""
