"""Programme, modules, regulations and the folder itself."""

import os
from pathlib import Path

import pytest
from programme_files import LESSON, M4, MODULE, ProgrammeFiles, Spoil, defect, remove, replace, told, write


def symlink(path: str, target: str) -> Spoil:
    def spoil(files: ProgrammeFiles) -> None:
        files.path(path).symlink_to(target)

    return spoil


def two_modules_with_one_number(files: ProgrammeFiles) -> None:
    files.path("m9-nine").rename(files.path("m8-nine"))
    files.replace("m8-nine/module.toml", "number = 9", "number = 8")
    files.replace("programme.toml", "m9-nine", "m8-nine")


DEFECTS = [
    defect(
        "a missing key",
        replace(MODULE, 'objective = "Learn it."\n', ""),
        f'{MODULE}:1: key "objective" is missing: say in one sentence what the module is for.',
    ),
    defect(
        "no programme.toml",
        remove("programme.toml"),
        "programme.toml: the file is missing: name the programme and its modules there.",
    ),
    defect(
        "a misspelt key",
        replace(MODULE, "objective", "objektive"),
        f'{MODULE}:1: key "objective" is missing: say in one sentence what the module is for.',
        f'{MODULE}:4: key "objektive" is not known: did you mean "objective"?',
    ),
    defect(
        "an unknown key",
        replace(MODULE, "number = 4", 'number = 4\ncolour = "red"'),
        f'{MODULE}:2: key "colour" is not known: the keys here are number, title, short_title, objective, '
        "topics, outcomes, resources.",
    ),
    defect(
        "a text for a number",
        replace(MODULE, "number = 4", 'number = "four"'),
        f'{MODULE}:1: key "number" is "four": write a whole number from 1 to 99, without quotes.',
    ),
    defect(
        "a truth for a number",
        replace(MODULE, "number = 4", "number = true"),
        f'{MODULE}:1: key "number" is true: write a whole number from 1 to 99, without quotes.',
    ),
    defect(
        "a number in a list of texts",
        replace(MODULE, '["Topic A", "Topic B"]', '["Topic A", 7]'),
        f'{LESSON}:5: "Topic B" is not a topic of module.toml: copy one from there, letter by letter.',
        f'{MODULE}:5: key "topics" holds 7: write a list of texts in quotes.',
    ),
    defect(
        "a text twice in a list",
        replace(MODULE, '["Topic A", "Topic B"]', '["Topic A", "Topic A"]'),
        f'{LESSON}:5: "Topic B" is not a topic of module.toml: copy one from there, letter by letter.',
        f'{MODULE}:5: key "topics" has "Topic A" twice: remove one.',
    ),
    defect(
        "an empty list",
        replace(MODULE, 'outcomes = ["Do it"]', "outcomes = []"),
        f'{MODULE}:6: key "outcomes" is an empty list: list what students can do afterwards.',
    ),
    defect(
        "an empty text",
        replace(MODULE, '"Learn it."', '"  "'),
        f'{MODULE}:4: key "objective" is empty: say in one sentence what the module is for.',
    ),
    defect(
        "a text that is too long",
        replace(MODULE, 'short_title = "supervised"', 'short_title = "' + 61 * "x" + '"'),
        f'{MODULE}:3: key "short_title" has 61 characters: shorten it to 60.',
    ),
    defect(
        "a line break",
        replace(MODULE, '"Learn it."', '"Learn\\nit."'),
        f'{MODULE}:4: key "objective" has a line break or a control character in it: write it on one line.',
    ),
    defect(
        "a control character",
        replace(MODULE, '"Learn it."', '"Learn\\u0000it."'),
        f'{MODULE}:4: key "objective" has a line break or a control character in it: write it on one line.',
    ),
    defect(
        "broken TOML",
        replace(MODULE, "number = 4", "number = "),
        f"{MODULE}:1: this is not TOML (Invalid value): mend that line.",
    ),
    defect(
        "a key twice",
        replace(MODULE, "number = 4", "number = 4\nnumber = 5"),
        f"{MODULE}:2: this is not TOML (Cannot overwrite a value): mend that line.",
    ),
    defect(
        "nesting without end",
        write("m5-five/module.toml", "a = " + "[" * 5000),
        "m5-five/module.toml: lists or tables are nested too deeply: make them flatter.",
    ),
    defect(
        "thousands of digits",
        write("m5-five/module.toml", "number = " + "9" * 5000),
        "m5-five/module.toml: a number cannot be read: shorten it.",
    ),
    defect(
        "thousands of hexadecimal digits",
        replace("m5-five/module.toml", "number = 5", "number = 0x" + "f" * 5000),
        'm5-five/module.toml:1: key "number" is a number of thousands of digits: write a whole number from 1 to 99.',
    ),
    defect(
        "a number that is not the folder's",
        replace(MODULE, "number = 4", "number = 5"),
        f'{MODULE}:1: key "number" is 5 in the folder m4-supervised: make them agree.',
    ),
    defect(
        "an address without https",
        replace(MODULE, "https://example.org/book", "example.org/book"),
        f'{MODULE}:11: key "url" is "example.org/book": write an address such as https://nice.org.uk/.',
    ),
    defect(
        "a broken address",
        replace(MODULE, "https://example.org/book", "https://[x/book"),
        f'{MODULE}:11: key "url" is "https://[x/book": write an address such as https://nice.org.uk/.',
    ),
    defect(
        "an unknown kind of resource",
        replace(MODULE, 'kind = "book"', 'kind = "blog"'),
        f'{MODULE}:10: key "kind" is "blog": write one of book, course, paper, software, data, guideline.',
    ),
    defect(
        "a resource without a note",
        replace(MODULE, 'note = "Read it."\n', ""),
        f'{MODULE}:8: key "note" is missing: say in one sentence what it is good for.',
    ),
    defect(
        "a text for a resource",
        replace(MODULE, "[[resources]]", 'resources = ["x"]\n[x]'),
        f'{MODULE}:8: key "resources" holds "x": write tables [[resources]].',
        f'{MODULE}:9: key "x" is not known: the keys here are number, title, short_title, objective, '
        "topics, outcomes, resources.",
    ),
    defect(
        "a module that is not listed",
        replace("programme.toml", '    "m9-nine",\n', ""),
        "m9-nine: programme.toml does not list this module: add it there, or remove the folder.",
        "programme.toml:7: the regulations 2026 name M1, M2, M3, M4, M5, M6, M7, M8, M9, not M1, M2, M3, "
        "M4, M5, M6, M7, M8: make them agree.",
    ),
    defect(
        "a listed module without a folder",
        replace("programme.toml", '"m9-nine"', '"m9-ten"'),
        "m9-nine: programme.toml does not list this module: add it there, or remove the folder.",
        "programme.toml:16: there is no folder m9-ten: make it, or correct the name.",
    ),
    defect(
        "a path for a module",
        replace("programme.toml", '"m9-nine"', '"../x"'),
        "m9-nine: programme.toml does not list this module: add it there, or remove the folder.",
        """programme.toml:16: "../x" is not the name of a module's folder: write it as in """
        "m4-supervised-learning.",
    ),
    defect(
        "modules out of order",
        replace("programme.toml", '    "m8-eight",\n    "m9-nine",\n', '    "m9-nine",\n    "m8-eight",\n'),
        "m8-eight/module.toml: module 8 stands in place 9 of programme.toml: number them 1 to 9 in order.",
        "m9-nine/module.toml: module 9 stands in place 8 of programme.toml: number them 1 to 9 in order.",
    ),
    defect(
        "two modules with one number",
        two_modules_with_one_number,
        "m8-nine/module.toml: module 8 is m8-eight already: give each module its own number.",
    ),
    defect(
        "credits that the regulations do not give",
        replace("programme.toml", "credits = 60", "credits = 50"),
        "programme.toml:5: the regulations 2026 give 60 credits, not 50: make them agree.",
    ),
    defect(
        "an unknown level",
        replace("programme.toml", '"postgraduate"', '"high"'),
        'programme.toml:4: key "level" is "high": write one of undergraduate, postgraduate.',
    ),
    defect(
        "a bad slug",
        replace("programme.toml", 'slug = "toy"', 'slug = "Toy!"'),
        'programme.toml:1: key "slug" is "Toy!": write small letters, digits and hyphens.',
    ),
    defect(
        "regulations that do not add up",
        replace("regulations/2026.toml", "M5 = { credits = 5", "M5 = { credits = 6"),
        "regulations/2026.toml:10: modules.credits: add up to 61. They must add up to the 60 of `credits`.",
    ),
    defect(
        "a value that regulations cannot have",
        replace("regulations/2026.toml", "pass = 50", "pass = 500"),
        "regulations/2026.toml:28: marks.pass: is 500. Write a whole number from 1 to 100.",
    ),
    defect(
        "broken regulations",
        replace("regulations/2026.toml", "pass = 50", "pass = "),
        "regulations/2026.toml:28: this is not TOML (Invalid value): mend that line.",
    ),
    defect(
        "no regulations",
        remove("regulations/2026.toml"),
        "regulations: there are no regulations: write a file such as regulations/2026.toml.",
    ),
    defect(
        "a misspelt file",
        write(f"{M4}/modul.toml", "x"),
        f"{M4}/modul.toml: this file has no place in the programme: remove it, or correct its name "
        "(docs/authors.md lists them).",
    ),
    defect(
        "a lesson without a number",
        write(f"{M4}/lessons/first.md", "x"),
        f"{M4}/lessons/first.md: this file has no place in the programme: remove it, or correct its name "
        "(docs/authors.md lists them).",
    ),
    defect(
        "a figure that is not SVG",
        write(f"{M4}/figures/x.png", "x"),
        f"{M4}/figures/x.png: this file has no place in the programme: remove it, or correct its name "
        "(docs/authors.md lists them).",
    ),
    defect(
        "a folder that belongs nowhere",
        write("notes/x.txt", "x"),
        "notes/x.txt: this file has no place in the programme: remove it, or correct its name "
        "(docs/authors.md lists them).",
    ),
    defect(
        "a link out of the folder",
        symlink(f"{M4}/lessons/2-x.md", "/etc/hostname"),
        f"{M4}/lessons/2-x.md: this link points outside the programme: put the file itself here.",
    ),
    defect(
        "a link to nothing",
        symlink(f"{M4}/lessons/2-x.md", "nowhere"),
        f"{M4}/lessons/2-x.md: the file cannot be read (No such file or directory): correct its "
        "permissions, or remove it.",
    ),
    defect(
        "a link to a folder",
        symlink(f"{M4}/more", "lessons"),
        f"{M4}/more: this is a link to a folder: put files here.",
    ),
    defect(
        "a link to itself",
        symlink("x.toml", "x.toml"),
        "x.toml: the file cannot be read (a link that leads to itself): correct its permissions, or remove it.",
    ),
    defect(
        "a pipe",
        lambda files: os.mkfifo(files.path("x.toml")),
        "x.toml: this is not a file: put files here.",
    ),
    defect(
        "bytes that are not UTF-8",
        write(LESSON, b"a\nb\xff"),
        f"{LESSON}:2: the file is not UTF-8 text: save it as UTF-8.",
    ),
    defect(
        "a NUL character",
        write(LESSON, b"a\nb\0"),
        f"{LESSON}:2: the file holds a NUL character: remove it.",
    ),
    defect(
        "a file of more than 5 MB",
        write(LESSON, b"a" * (5 * 1024 * 1024 + 1)),
        f"{LESSON}: the file is larger than 5 MB: make it smaller, or freeze it as a data set.",
    ),
]


@pytest.mark.parametrize(("spoil", "problems"), DEFECTS)
def test_a_defect_is_told_with_its_place_and_what_to_do(spoil: Spoil, problems: list[str], tmp_path: Path) -> None:
    files = ProgrammeFiles(tmp_path)
    spoil(files)

    assert told(files) == problems
