"""checks.py, read without being run."""

from pathlib import Path

import pytest
from programme_files import CHECKS, CHECKS_FILE, ProgrammeFiles, Spoil, defect, remove, replace, told, write

VISIBLE_AFTER_HIDDEN = f"""{CHECKS.replace(', after="says_hello"', "").replace("points=30", "points=25")}

@check("Says it a third time", points=5, visible=True, after="says_it_again")
def third(student, data):
    pass
"""

DEFECTS = [
    defect(
        "no checks.py",
        remove(CHECKS_FILE),
        f"{CHECKS_FILE}: the file is missing: write the checks of the assignment.",
    ),
    defect(
        "broken Python",
        replace(CHECKS_FILE, "def says_hello(student, data):", "def says_hello(student, data)"),
        f"{CHECKS_FILE}:5: this is not Python (expected ':'): mend that line.",
    ),
    defect(
        "points that are computed",
        replace(CHECKS_FILE, "points=30", "points=10 * 3"),
        f"{CHECKS_FILE}:4: points of says_hello is not a plain value: write it out, because checks.py is "
        "read without being run.",
    ),
    defect(
        "a title that is a name",
        replace(CHECKS_FILE, '"Says hello"', "TITLE"),
        f"{CHECKS_FILE}:4: title of says_hello is not a plain value: write it out, because checks.py is "
        "read without being run.",
    ),
    defect(
        "no checks",
        write(CHECKS_FILE, "x = 1\n"),
        f"{CHECKS_FILE}:1: there are no checks: write functions with @check(...) above them.",
    ),
    defect(
        "two functions with one name",
        replace(CHECKS_FILE, "def says_it_again", "def says_hello"),
        f"{CHECKS_FILE}:11: says_hello is defined in line 5 already: give each function its own name.",
    ),
    defect(
        "visible points that are not 30",
        replace(CHECKS_FILE, "points=30", "points=29.5"),
        f"{CHECKS_FILE}: the points of the visible checks make 29.5: let them make 30.",
    ),
    defect(
        "hidden points that are not 70",
        replace(CHECKS_FILE, "points=70", "points=60"),
        f"{CHECKS_FILE}: the points of the hidden checks make 60: let them make 70.",
    ),
    defect(
        "after a check that does not exist",
        replace(CHECKS_FILE, 'after="says_hello"', 'after="says_helo"'),
        f'{CHECKS_FILE}:10: says_it_again comes after "says_helo", but there is no such check: correct the name.',
    ),
    defect(
        "after itself",
        replace(CHECKS_FILE, 'after="says_hello"', 'after="says_it_again"'),
        f"{CHECKS_FILE}:10: circular prerequisite: says_it_again waits for itself. Take out after.",
    ),
    defect(
        "a circle",
        replace(CHECKS_FILE, "visible=True)", 'visible=True, after="says_it_again")'),
        f"{CHECKS_FILE}:4: circular prerequisite: says_hello waits for says_it_again, which waits for it. "
        "Break the circle.",
        f"{CHECKS_FILE}:10: circular prerequisite: says_it_again waits for says_hello, which waits for it. "
        "Break the circle.",
    ),
    defect(
        "after a later check",
        write(
            CHECKS_FILE,
            CHECKS.replace(', after="says_hello"', "").replace("visible=True)", 'visible=True, after="says_it_again")'),
        ),
        f"{CHECKS_FILE}:4: says_hello comes after says_it_again, which stands below it: move it down.",
    ),
    defect(
        "visible after hidden",
        write(CHECKS_FILE, VISIBLE_AFTER_HIDDEN),
        f"{CHECKS_FILE}:15: third is visible and waits for says_it_again, which is hidden: a student could "
        "never run it.",
    ),
    defect(
        "a time limit out of range",
        replace(CHECKS_FILE, "time_limit=20", "time_limit=0"),
        f"{CHECKS_FILE}:10: time_limit of says_it_again is 0: write whole seconds from 1 to 600.",
    ),
    defect(
        "a time limit in quotes",
        replace(CHECKS_FILE, "time_limit=20", 'time_limit="20"'),
        f'{CHECKS_FILE}:10: time_limit of says_it_again is "20": write whole seconds from 1 to 600.',
    ),
    defect(
        "negative points",
        replace(CHECKS_FILE, "points=30", "points=-1"),
        f"{CHECKS_FILE}:4: points of says_hello is -1: write a number above 0 and up to 100, with two "
        "decimals at most.",
    ),
    defect(
        "infinite points",
        replace(CHECKS_FILE, "points=30", "points=1e999"),
        f"{CHECKS_FILE}:4: points of says_hello is inf: write a number above 0 and up to 100, with two "
        "decimals at most.",
    ),
    defect(
        "a truth for points",
        replace(CHECKS_FILE, "points=30", "points=True"),
        f"{CHECKS_FILE}:4: points of says_hello is true: write a number such as 5 or 7.5.",
    ),
    defect(
        "points of thousands of digits",
        replace(CHECKS_FILE, "points=30", "points=0x" + "f" * 5000),
        f"{CHECKS_FILE}:4: points of says_hello is a number of thousands of digits: write a number above 0 "
        "and up to 100, with two decimals at most.",
    ),
    defect(
        "points with three decimals",
        replace(CHECKS_FILE, "points=30", "points=29.999"),
        f"{CHECKS_FILE}:4: points of says_hello is 29.999: write a number above 0 and up to 100, with two "
        "decimals at most.",
    ),
    defect(
        "a text for visible",
        replace(CHECKS_FILE, "visible=True", 'visible="yes"'),
        f'{CHECKS_FILE}:4: visible of says_hello is "yes": write True or False.',
    ),
    defect(
        "no visible",
        replace(CHECKS_FILE, ", visible=True", ""),
        f"{CHECKS_FILE}:4: visible of says_hello is missing: write True or False.",
    ),
    defect(
        "a misspelt argument",
        replace(CHECKS_FILE, "visible=True", "visble=True"),
        f"{CHECKS_FILE}:4: visble is not an argument of @check: the arguments are title, points, visible, "
        "time_limit, after, feedback.",
        f"{CHECKS_FILE}:4: visible of says_hello is missing: write True or False.",
    ),
    defect(
        "arguments from elsewhere",
        replace(CHECKS_FILE, "visible=True", "**X"),
        f"{CHECKS_FILE}:4: ** is not an argument of @check: the arguments are title, points, visible, "
        "time_limit, after, feedback.",
        f"{CHECKS_FILE}:4: visible of says_hello is missing: write True or False.",
    ),
    defect(
        "two titles",
        replace(CHECKS_FILE, "points=30", "30"),
        f"{CHECKS_FILE}:4: @check of says_hello takes one title: name the other arguments, as in points=5, "
        "visible=True.",
        f"{CHECKS_FILE}:4: points of says_hello is missing: write a number such as 5 or 7.5.",
    ),
    defect(
        "no arguments",
        replace(CHECKS_FILE, '@check("Says hello", points=30, visible=True)', "@check"),
        f"{CHECKS_FILE}:4: @check has no arguments: give it a title, points and visible.",
    ),
    defect(
        "a coroutine",
        replace(CHECKS_FILE, "def says_hello", "async def says_hello"),
        f"{CHECKS_FILE}:5: says_hello cannot be a check: write a plain function at top level.",
    ),
    defect(
        "a class",
        replace(CHECKS_FILE, "def says_hello(student, data):\n    data", "class says_hello:\n    data"),
        f"{CHECKS_FILE}:5: says_hello cannot be a check: write a plain function at top level.",
    ),
    defect(
        "other arguments",
        replace(CHECKS_FILE, "says_hello(student, data)", "says_hello(student)"),
        f"{CHECKS_FILE}:5: says_hello does not take (student, data): write exactly these arguments.",
    ),
    defect(
        "a visible check on hidden data",
        replace(CHECKS_FILE, 'data.table("toy_visible.csv")', 'data.table("toy_hidden.csv")'),
        f"{CHECKS_FILE}:6: says_hello is visible and opens toy_hidden.csv, which is hidden: use visible "
        "data, or hide the check.",
    ),
    defect(
        "data that the assignment does not list",
        replace(CHECKS_FILE, 'data.table("toy_visible.csv")', 'data.table("x.csv")'),
        f'{CHECKS_FILE}:6: says_hello opens "x.csv", which [data] of assignment.toml does not list: add it there.',
    ),
    defect(
        "a title that is too long",
        replace(CHECKS_FILE, 'Says hello"', "x" * 201 + '"'),
        f"{CHECKS_FILE}:4: title of says_hello is not one sentence of at most 200 characters: shorten it, "
        "without line breaks.",
    ),
    defect(
        "a title that cannot be stored",
        replace(CHECKS_FILE, 'Says hello"', '\\ud800"'),
        f"{CHECKS_FILE}:4: title of says_hello is not one sentence of at most 200 characters: shorten it, "
        "without line breaks.",
    ),
    defect(
        "an odd character",
        write(CHECKS_FILE, "\\0"),
        f"{CHECKS_FILE}:1: this is not Python (unexpected character after line continuation character): "
        "mend that line.",
    ),
    defect(
        "brackets without end",
        write(CHECKS_FILE, "(" * 5000),
        f"{CHECKS_FILE}:1: this is not Python (too many nested parentheses): mend that line.",
    ),
    defect(
        "no title",
        replace(CHECKS_FILE, '"Says hello", ', ""),
        f"{CHECKS_FILE}:4: title of says_hello is missing: write one sentence for the student.",
    ),
]


@pytest.mark.parametrize(("spoil", "problems"), DEFECTS)
def test_a_defect_is_told_with_its_place_and_what_to_do(spoil: Spoil, problems: list[str], tmp_path: Path) -> None:
    files = ProgrammeFiles(tmp_path)
    spoil(files)

    assert told(files) == problems
