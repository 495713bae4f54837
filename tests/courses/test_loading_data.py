"""The manifest of the data sets, and the frozen files."""

from pathlib import Path

import pytest
from programme_files import (
    ASSIGNMENT_FILE,
    HIDDEN,
    MANIFEST,
    MANIFEST_FILE,
    ProgrammeFiles,
    Spoil,
    defect,
    remove,
    replace,
    sha256,
    told,
    write,
)


def lose_a_file(files: ProgrammeFiles) -> None:
    (files.data_dir / "toy_hidden.csv").unlink()


def change_a_file(files: ProgrammeFiles) -> None:
    (files.data_dir / "toy_hidden.csv").write_text("x")


DEFECTS = [
    defect(
        "a file that is not frozen",
        lose_a_file,
        f"{MANIFEST_FILE}:18: toy_hidden.csv is not in DATA: run `python manage.py freeze_data`.",
    ),
    defect(
        "a file with other bytes",
        change_a_file,
        f"{MANIFEST_FILE}:22: toy_hidden.csv in DATA has the SHA-256 "
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881, not the one here: run `python "
        "manage.py freeze_data`.",
    ),
    defect(
        "a path upwards",
        replace(MANIFEST_FILE, "toy_hidden.csv", "../toy_hidden.csv"),
        f'{MANIFEST_FILE}:18: key "name" is "../toy_hidden.csv": write a plain file name such as monica_visible.csv.',
        f'{ASSIGNMENT_FILE}:18: "toy_hidden.csv" is not in data/manifest.toml: add it there, or correct the name.',
    ),
    defect(
        "a path from the root",
        replace(MANIFEST_FILE, "toy_hidden.csv", "/etc/passwd"),
        f'{MANIFEST_FILE}:18: key "name" is "/etc/passwd": write a plain file name such as monica_visible.csv.',
        f'{ASSIGNMENT_FILE}:18: "toy_hidden.csv" is not in data/manifest.toml: add it there, or correct the name.',
    ),
    defect(
        "a name that no file can have",
        replace(MANIFEST_FILE, "toy_hidden.csv", "x" * 300 + ".csv"),
        f'{MANIFEST_FILE}:18: key "name" has 304 characters: shorten it to 120.',
        f"{MANIFEST_FILE}:18: {'x' * 300}.csv is not in DATA: run `python manage.py freeze_data`.",
        f'{ASSIGNMENT_FILE}:18: "toy_hidden.csv" is not in data/manifest.toml: add it there, or correct the name.',
    ),
    defect(
        "the folder above",
        replace(MANIFEST_FILE, "toy_hidden.csv", ".."),
        f'{MANIFEST_FILE}:18: key "name" is "..": write a plain file name such as monica_visible.csv.',
        f'{ASSIGNMENT_FILE}:18: "toy_hidden.csv" is not in data/manifest.toml: add it there, or correct the name.',
    ),
    defect(
        "a hash that is none",
        replace(MANIFEST_FILE, sha256(HIDDEN), "abc"),
        f'{MANIFEST_FILE}:22: key "sha256" is not a SHA-256: write its 64 digits, 0-9 and a-f.',
    ),
    defect(
        "a file listed twice",
        replace(MANIFEST_FILE, "toy_hidden.csv", "toy_visible.csv"),
        f'{MANIFEST_FILE}:18: "toy_visible.csv" is listed above: give each file a name of its own.',
        f"{MANIFEST_FILE}:22: toy_visible.csv in DATA has the SHA-256 "
        "b9ec1b485490c371a6ed4f0282b065aa0b29a73b112bbd08d1ab2bb079ae926c, not the one here: run `python "
        "manage.py freeze_data`.",
        f"{ASSIGNMENT_FILE}:17: toy_visible.csv is hidden in data/manifest.toml: list it under hidden.",
        f'{ASSIGNMENT_FILE}:18: "toy_hidden.csv" is not in data/manifest.toml: add it there, or correct the name.',
    ),
    defect(
        "a set listed twice",
        write(MANIFEST_FILE, MANIFEST + MANIFEST),
        f'{MANIFEST_FILE}:24: the id "toy" is taken by a data set above: choose another.',
        f'{MANIFEST_FILE}:33: "toy_visible.csv" is listed above: give each file a name of its own.',
        f'{MANIFEST_FILE}:40: "toy_hidden.csv" is listed above: give each file a name of its own.',
    ),
    defect(
        "an unknown visibility",
        replace(MANIFEST_FILE, '"hidden"', '"secret"'),
        f'{MANIFEST_FILE}:19: key "visibility" is "secret": write one of visible, hidden.',
    ),
    defect(
        "a bad id",
        replace(MANIFEST_FILE, 'id = "toy"', 'id = "to y"'),
        f'{MANIFEST_FILE}:2: key "id" is "to y": write small letters, digits and hyphens.',
    ),
    defect(
        "no manifest",
        remove(MANIFEST_FILE),
        f"{MANIFEST_FILE}: the file is missing: list the data sets there, or nothing if there are none.",
    ),
    defect(
        "no page",
        remove("data/toy.md"),
        "data/toy.md: the file is missing: say there who is in the data, who is missing, and what each column means.",
    ),
    defect(
        "a page that cannot be read",
        write("data/toy.md", "# Title\n"),
        "data/toy.md:1: # is the title of the page, which it has already: begin sections with ##.",
    ),
    defect(
        "a requirement that is not there",
        replace(MANIFEST_FILE, 'id = "toy"', 'id = "toy"\nrequires = ["oath"]'),
        f'{MANIFEST_FILE}:3: "oath" is not a [[requirement]] here: add it, or correct it.',
    ),
    defect(
        "a requirement of an unknown kind",
        write(MANIFEST_FILE, '[[requirement]]\nid = "oath"\ntitle = "O"\nkind = "oath"\nask = "Swear."\n' + MANIFEST),
        f'{MANIFEST_FILE}:4: key "kind" is "oath": write one of agreement, training.',
    ),
    defect(
        "no freeze.py",
        remove("data/freeze.py"),
        "data/freeze.py: the file is missing: write there how the data sets are made, or leave it empty.",
    ),
    defect(
        "a misspelt key",
        replace(MANIFEST_FILE, "licence =", "license ="),
        f'{MANIFEST_FILE}:1: key "licence" is missing: name the licence, or write unconfirmed.',
        f'{MANIFEST_FILE}:6: key "license" is not known: did you mean "licence"?',
    ),
    defect(
        "a text for a number",
        replace(MANIFEST_FILE, "rows = 1", 'rows = "one"'),
        f'{MANIFEST_FILE}:20: key "rows" is "one": write a whole number from 0 to 1000000000, without quotes.',
    ),
    defect(
        "broken TOML",
        replace(MANIFEST_FILE, "rows = 1", "rows = one"),
        f"{MANIFEST_FILE}:20: this is not TOML (Invalid value): mend that line.",
    ),
    defect(
        "data among the files",
        write("data/x.csv", "x"),
        "data/x.csv: this file has no place in the programme: remove it, or correct its name "
        "(docs/authors.md lists them).",
    ),
]


@pytest.mark.parametrize(("spoil", "problems"), DEFECTS)
def test_a_defect_is_told_with_its_place_and_what_to_do(spoil: Spoil, problems: list[str], tmp_path: Path) -> None:
    files = ProgrammeFiles(tmp_path)
    spoil(files)

    assert told(files) == problems
