"""Assignments with their notebooks, rubric and wrong solutions."""

import shutil
from pathlib import Path

import pytest
from programme_files import (
    ASSIGNMENT,
    ASSIGNMENT_FILE,
    CHECKS_FILE,
    LESSON,
    M4,
    RUBRIC,
    RUBRIC_FILE,
    WORK,
    ProgrammeFiles,
    Spoil,
    defect,
    notebook,
    remove,
    replace,
    told,
    write,
)


def two_assignments_with_one_name(files: ProgrammeFiles) -> None:
    shutil.copytree(files.path(WORK), files.path("m5-five/assignments/toy"))


def a_script(files: ProgrammeFiles) -> None:
    files.replace(ASSIGNMENT_FILE, '"notebook"', '"script"')
    files.replace(ASSIGNMENT_FILE, "work.ipynb", "work.py")
    for place in ("starter", "reference"):
        files.remove(f"{WORK}/{place}/work.ipynb")
    files.write(f"{WORK}/starter/work.py", "def hello(:\n")
    files.write(f"{WORK}/reference/work.py", "def hello(): 1\n")


QUESTION = '\n[[proposal]]\nid = "why"\ntitle = "Why"\nask = "Say why."\nmost = 500\n'
ITEM = '[[item]]\nid = "P01"\nsays = "Hello"\nevidence = "README.md"\nfrom = ["TRIPOD"]\n'
BEFORE_LIMITS = "[limits]"
DEFECTS = [
    defect(
        "files from above the working folder",
        replace(ASSIGNMENT_FILE, BEFORE_LIMITS, f'artefacts = ["../x.csv"]\n\n{BEFORE_LIMITS}'),
        f'{ASSIGNMENT_FILE}:10: key "artefacts" holds "../x.csv", which is not below the working folder: write it like '
        "plots/*.png.",
    ),
    defect(
        "a second run that does not say how it differs",
        replace(ASSIGNMENT_FILE, BEFORE_LIMITS, f"[repeat]\n\n{BEFORE_LIMITS}"),
        f'{ASSIGNMENT_FILE}:10: key "shuffle_columns" is missing: say whether the second run gets the columns in '
        "another order.",
    ),
    defect(
        "a hidden score for more attempts than there are",
        replace(ASSIGNMENT_FILE, BEFORE_LIMITS, f'[hidden_score]\nshow = "band"\nattempts = 4\n\n{BEFORE_LIMITS}'),
        f'{ASSIGNMENT_FILE}:12: key "attempts" is 4: write a whole number from 1 to 3.',
    ),
    defect(
        "a hidden score of an unknown kind",
        replace(ASSIGNMENT_FILE, BEFORE_LIMITS, f'[hidden_score]\nshow = "all"\nattempts = 1\n\n{BEFORE_LIMITS}'),
        f'{ASSIGNMENT_FILE}:11: key "show" is "all": write one of band, points.',
    ),
    defect(
        "no assignment.toml",
        remove(ASSIGNMENT_FILE),
        f"{ASSIGNMENT_FILE}: the file is missing: describe the assignment there.",
    ),
    defect(
        "no starter",
        remove(f"{WORK}/starter/work.ipynb"),
        f"{WORK}/starter/work.ipynb: the file is missing: students begin with it.",
    ),
    defect(
        "a script for a notebook",
        replace(ASSIGNMENT_FILE, "work.ipynb", "work.py"),
        f'{ASSIGNMENT_FILE}:3: key "entry" is "work.py": write the name of a notebook that ends in .ipynb.',
    ),
    defect(
        "a path for a name",
        replace(ASSIGNMENT_FILE, "work.ipynb", "../work.ipynb"),
        f'{ASSIGNMENT_FILE}:3: key "entry" is "../work.ipynb": write the name of a notebook that ends in .ipynb.',
    ),
    defect(
        "no reference",
        remove(f"{WORK}/reference/work.ipynb"),
        f"{WORK}/reference/work.ipynb: the file is missing: it must earn every auto mark.",
    ),
    defect(
        "a function that nobody defines",
        replace(ASSIGNMENT_FILE, '["hello"]', '["hello", "goodbye"]'),
        f"{WORK}/reference/work.ipynb: goodbye of assignment.toml is not defined here: define it, or take "
        "it out there.",
        f"{WORK}/starter/work.ipynb: goodbye of assignment.toml is not defined here: define it, or take it out there.",
    ),
    defect(
        "a function that cannot be",
        replace(ASSIGNMENT_FILE, '["hello"]', '["hello there"]'),
        f'{ASSIGNMENT_FILE}:5: "hello there" is not the name of a function: write it as in Python.',
    ),
    defect(
        "broken JSON",
        write(f"{WORK}/starter/work.ipynb", '{\n"cells": [\n,'),
        f"{WORK}/starter/work.ipynb:3: this is not JSON (Expecting value): open and save it in Jupyter.",
    ),
    defect(
        "an old notebook",
        write(f"{WORK}/starter/work.ipynb", notebook("def hello(): 1", nbformat_minor=4)),
        f"{WORK}/starter/work.ipynb: this is not a notebook of format 4.5: open it in a recent Jupyter and save it.",
    ),
    defect(
        "JSON that is no notebook",
        write(f"{WORK}/starter/work.ipynb", "[]"),
        f"{WORK}/starter/work.ipynb: this is not a notebook of format 4.5: open it in a recent Jupyter and save it.",
    ),
    defect(
        "an invalid notebook",
        replace(f"{WORK}/starter/work.ipynb", '"outputs": [],', ""),
        f"{WORK}/starter/work.ipynb: this is not a valid notebook (cells.0: 'outputs' is a required "
        "property): open and save it in Jupyter.",
    ),
    defect(
        "two cells with one id",
        replace(f"{WORK}/starter/work.ipynb", '"cell-2"', '"cell-1"'),
        f'{WORK}/starter/work.ipynb:13: two cells have the id "cell-1": give each cell its own.',
    ),
    defect(
        "JSON nested without end",
        write(f"{WORK}/starter/work.ipynb", "[" * 100000),
        f"{WORK}/starter/work.ipynb: this is not a notebook: open and save it in Jupyter.",
    ),
    defect(
        "a cell without an id",
        replace(f"{WORK}/starter/work.ipynb", '"id": "cell-2",\n', ""),
        f"{WORK}/starter/work.ipynb: this is not a valid notebook (cells.1: 'id' is a required property): "
        "open and save it in Jupyter.",
    ),
    defect(
        "a data file that the manifest lacks",
        replace(ASSIGNMENT_FILE, "toy_visible.csv", "toys.csv"),
        f'{ASSIGNMENT_FILE}:17: "toys.csv" is not in data/manifest.toml: add it there, or correct the name.',
        f'{CHECKS_FILE}:6: says_hello opens "toy_visible.csv", which [data] of assignment.toml does not '
        "list: add it there.",
    ),
    defect(
        "a hidden file listed as visible",
        replace(ASSIGNMENT_FILE, 'visible = ["toy_visible.csv"]', 'visible = ["toy_hidden.csv"]'),
        f"{ASSIGNMENT_FILE}:17: toy_hidden.csv is hidden in data/manifest.toml: list it under hidden.",
        f'{CHECKS_FILE}:6: says_hello opens "toy_visible.csv", which [data] of assignment.toml does not '
        "list: add it there.",
    ),
    defect(
        "a visible file listed as hidden",
        replace(ASSIGNMENT_FILE, 'hidden = ["toy_hidden.csv"]', 'hidden = ["toy_hidden.csv", "toy_visible.csv"]'),
        f"{CHECKS_FILE}:6: says_hello is visible and opens toy_visible.csv, which is hidden: use visible "
        "data, or hide the check.",
    ),
    defect(
        "a limit out of range",
        replace(ASSIGNMENT_FILE, "memory_mb = 1024", "memory_mb = 10"),
        f'{ASSIGNMENT_FILE}:14: key "memory_mb" is 10: write a whole number from 128 to 8192.',
    ),
    defect(
        "a call longer than the run",
        replace(ASSIGNMENT_FILE, "call_s = 30", "call_s = 61"),
        f"{ASSIGNMENT_FILE}:13: call_s is more than the 60 of wall_s: one call cannot outlast the run.",
    ),
    defect(
        "a missing limit",
        replace(ASSIGNMENT_FILE, "wall_s = 60\n", ""),
        f'{ASSIGNMENT_FILE}:10: key "wall_s" is missing: say after how many seconds a run is ended.',
    ),
    defect(
        "a misspelt limit",
        replace(ASSIGNMENT_FILE, "wall_s", "wal_s"),
        f'{ASSIGNMENT_FILE}:10: key "wall_s" is missing: say after how many seconds a run is ended.',
        f'{ASSIGNMENT_FILE}:11: key "wal_s" is not known: did you mean "wall_s"?',
    ),
    defect(
        "no attempts",
        replace(ASSIGNMENT_FILE, "attempts = 3", "attempts = 0"),
        f'{ASSIGNMENT_FILE}:6: key "attempts" is 0: write a whole number from 1 to 50.',
    ),
    defect(
        "an unknown way of counting",
        replace(ASSIGNMENT_FILE, '"last"', '"first"'),
        f'{ASSIGNMENT_FILE}:7: key "counts" is "first": write one of best, last.',
    ),
    defect(
        "an unknown kind",
        replace(ASSIGNMENT_FILE, '"notebook"', '"essay"'),
        f'{ASSIGNMENT_FILE}:2: key "kind" is "essay": write one of notebook, script, quiz.',
    ),
    defect(
        "two assignments with one name",
        two_assignments_with_one_name,
        "m5-five/assignments/toy: m4-supervised has an assignment of this name: rename one, their "
        "addresses would be the same.",
        "m5-five/assignments/toy/brief.md:3: the link ../../lessons/1-first.md goes nowhere: name the file "
        "of a lesson or a brief, such as 2-calibration.md.",
    ),
    defect(
        "no rubric where it counts",
        remove(RUBRIC_FILE),
        f"{RUBRIC_FILE}: the file is missing: the rubric counts 40% of this module by the regulations.",
    ),
    defect(
        "weights that are not 100",
        replace(RUBRIC_FILE, "weight = 100", "weight = 90"),
        f"{RUBRIC_FILE}:1: the weights of the criteria make 90: let them make 100.",
    ),
    defect(
        "a mark that is not fixed",
        replace(RUBRIC_FILE, '"45" =', '"49" ='),
        f"{RUBRIC_FILE}:7: the levels leave out 45: write one sentence for each.",
        f'{RUBRIC_FILE}:10: "49" is not one of the fixed marks: use 20, 35, 45, 52, 55, 58, 62, 65, 68, 72, '
        "75, 78, 85, 95.",
    ),
    defect(
        "a missing band",
        replace(RUBRIC_FILE, '"45" = "Work of 45."\n', ""),
        f"{RUBRIC_FILE}:7: the levels leave out 45: write one sentence for each.",
    ),
    defect(
        "two criteria with one id",
        write(
            RUBRIC_FILE,
            RUBRIC.replace("weight = 100", "weight = 50") + "\n" + RUBRIC.replace("weight = 100", "weight = 50"),
        ),
        f'{RUBRIC_FILE}:20: the id "framing" is taken by a criterion above: choose another.',
    ),
    defect(
        "a bad id",
        replace(RUBRIC_FILE, '"framing"', '"Framing!"'),
        f'{RUBRIC_FILE}:2: key "id" is "Framing!": write small letters, digits, hyphens.',
    ),
    defect(
        "no levels",
        write(RUBRIC_FILE, RUBRIC.split("[criteria.levels]")[0]),
        f'{RUBRIC_FILE}:1: key "levels" is missing: write [criteria.levels] with one sentence a band: "20" '
        '= "…", "35" = "…".',
    ),
    defect(
        "no criteria",
        write(RUBRIC_FILE, ""),
        f'{RUBRIC_FILE}:1: key "criteria" is missing: write one [[criteria]] for each thing that tutors judge.',
    ),
    defect(
        "an empty level",
        replace(RUBRIC_FILE, '"Work of 45."', '""'),
        f'{RUBRIC_FILE}:10: key "45" is empty: say in one sentence what such work shows.',
    ),
    defect(
        "a wrong solution that is not there",
        replace(f"{WORK}/wrong/wrong.toml", "silent.ipynb", "loud.ipynb"),
        f'{WORK}/wrong/wrong.toml:2: there is no file "loud.ipynb" beside wrong.toml: add it, or correct the name.',
    ),
    defect(
        "a check that catches nothing",
        replace(f"{WORK}/wrong/wrong.toml", "says_hello", "says_bye"),
        f'{WORK}/wrong/wrong.toml:4: "says_bye" is not a check of checks.py: correct the name.',
    ),
    defect(
        "a wrong solution without a file that the reference has not",
        replace(
            f"{WORK}/wrong/wrong.toml", 'caught_by = ["says_hello"]', 'caught_by = ["says_hello"]\nwithout = ["a.md"]'
        ),
        f'{WORK}/wrong/wrong.toml:5: "a.md" is not in reference/: correct the name.',
    ),
    defect(
        "a checklist that names no check",
        write(
            f"{WORK}/checklist.toml",
            '[[item]]\nid = "P01"\nsays = "Hello"\nevidence = "README.md"\nfrom = ["TRIPOD"]\ncheck = "says_bye"\n',
        ),
        f'{WORK}/checklist.toml:6: "says_bye" is not a check of checks.py: correct the name.',
    ),
    defect(
        "a proposal with two questions of one name",
        write(ASSIGNMENT_FILE, ASSIGNMENT + QUESTION + QUESTION),
        f'{ASSIGNMENT_FILE}:27: the id "why" is taken by a question above: choose another.',
    ),
    defect(
        "a question without a limit",
        write(ASSIGNMENT_FILE, ASSIGNMENT + QUESTION.replace("most = 500\n", "")),
        f'{ASSIGNMENT_FILE}:20: key "most" is missing: say how many characters the answer may have.',
    ),
    defect(
        "a question with a name that is none",
        write(ASSIGNMENT_FILE, ASSIGNMENT + QUESTION.replace('"why"', '"Why?"')),
        f'{ASSIGNMENT_FILE}:21: key "id" is "Why?": write small letters, digits, hyphens.',
    ),
    defect(
        "a question for own data that is no truth",
        write(ASSIGNMENT_FILE, ASSIGNMENT + QUESTION + 'own_data = "yes"\n'),
        f'{ASSIGNMENT_FILE}:25: key "own_data" is "yes": write true or false.',
    ),
    defect(
        "a repository with a file that is nowhere",
        write(ASSIGNMENT_FILE, ASSIGNMENT + '\n[repository]\nfiles = ["README.md", "../x", "work.ipynb"]\n'),
        f'{ASSIGNMENT_FILE}:21: "../x" is not a path: write it like tests/test_model.py.',
        f'{ASSIGNMENT_FILE}:21: "README.md" is not in reference/: add it there (it must be complete), or take it out.',
        f'{ASSIGNMENT_FILE}:21: "README.md" is not in starter/: add it there (students begin with it), or take it out.',
        f'{ASSIGNMENT_FILE}:21: "work.ipynb" is the entry, which is always asked for: take it out.',
    ),
    defect(
        "a checklist that looks into a file nobody asks for",
        write(f"{WORK}/checklist.toml", ITEM + '\n[[item.look]]\nfile = "README.md"\nrows = 6\n'),
        f'{WORK}/checklist.toml:8: "README.md" is not a file of [repository] in assignment.toml: add it there, or '
        "correct the name.",
        f'{WORK}/checklist.toml:9: key "rows" is not known: the keys here are file, headings, words, holds.',
    ),
    defect(
        "a checklist with an item of no name",
        write(f"{WORK}/checklist.toml", ITEM.replace("P01", "P 1")),
        f'{WORK}/checklist.toml:2: key "id" is "P 1": write letters and digits, such as P07.',
    ),
    defect(
        "wrong solutions without a list",
        remove(f"{WORK}/wrong/wrong.toml"),
        f"{WORK}/wrong/wrong.toml: the file is missing: say for each wrong solution why, and what catches it.",
    ),
    defect(
        "a bad name of a folder",
        lambda files: files.path(WORK).rename(files.path(f"{M4}/assignments/Toy_Work")),
        f"{M4}/assignments/Toy_Work: rename the folder: small letters, digits and hyphens, 80 at most.",
        f"{LESSON}:16: the link ../assignments/toy/brief.md goes nowhere: name the file of a lesson or a "
        "brief, such as 2-calibration.md.",
    ),
    defect(
        "a script that is not Python",
        a_script,
        f"{WORK}/starter/work.py:1: this is not Python (invalid syntax): mend that line.",
    ),
]


@pytest.mark.parametrize(("spoil", "problems"), DEFECTS)
def test_a_defect_is_told_with_its_place_and_what_to_do(spoil: Spoil, problems: list[str], tmp_path: Path) -> None:
    files = ProgrammeFiles(tmp_path)
    spoil(files)

    assert told(files) == problems
