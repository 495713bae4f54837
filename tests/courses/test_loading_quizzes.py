"""The quiz beside a lesson: what its file may hold, and what is said when it holds something else."""

from pathlib import Path

import pytest
from programme_files import LESSON, ProgrammeFiles, told

from courses.loading import load
from courses.models import Lesson, Quiz

QUIZ_FILE = LESSON.removesuffix(".md") + ".quiz.toml"
QUIZ = """\
ask = 2

[[question]]
id = "leaf"
kind = "single"
text = "A tree with **one** patient a leaf: $p = 1$?"
explanation = "It has learnt the noise."
options = [
  { text = "Noise.", right = true, why = "Yes." },
  { text = "Signal." },
]

[[question]]
id = "both"
kind = "multiple"
text = "Which?"
explanation = "The first two."
options = [{ text = "One", right = true }, { text = "Two", right = true }, { text = "Three", right = false }]

[[question]]
id = "ppv"
kind = "numeric"
text = "How many?"
answer = 32.4
tolerance = 0.5
unit = "%"
explanation = "So many."

[[question]]
id = "order"
kind = "ordering"
text = "In order:"
items = ["Split", "Fit", "Score"]
explanation = "Split first."

[[question]]
id = "word"
kind = "text"
text = "What is it called?"
accept = ["sensitivity", "recall"]
explanation = "Both."
"""


def change(old: str, new: str) -> str:
    assert old in QUIZ
    return QUIZ.replace(old, new, 1)


def problems(tmp_path: Path, text: str) -> list[str]:
    files = ProgrammeFiles(tmp_path)
    files.write(QUIZ_FILE, text)
    return told(files)


@pytest.mark.django_db
def test_a_quiz_is_stored_with_its_lesson(tmp_path: Path) -> None:
    files = ProgrammeFiles(tmp_path)
    files.write(QUIZ_FILE, QUIZ)

    revision = load(files.folder, data_dir=files.data_dir, by=None)

    quiz = Quiz.objects.get(lesson=Lesson.objects.get(module__revision=revision))
    assert quiz.ask == 2
    assert [(question["id"], question["kind"]) for question in quiz.questions] == [
        ("leaf", "single"),
        ("both", "multiple"),
        ("ppv", "numeric"),
        ("order", "ordering"),
        ("word", "text"),
    ]
    leaf = quiz.questions[0]
    assert leaf["html"].startswith("<p>A tree with <strong>one</strong> patient a leaf: <math")
    assert leaf["options"] == [
        {"html": "Noise.", "right": True, "why": "<p>Yes.</p>\n"},
        {"html": "Signal.", "right": False, "why": ""},
    ]


COMMANDS = "the list of commands in docs/authors.md."

DEFECTS = [
    (change("ask = 2", "ask = 6"), [":1: ask is 6, the file has 5 questions: write more, or ask fewer."]),
    (change("ask = 2", ""), [':1: key "ask" is missing: say how many questions are drawn for one sitting.']),
    ("ask = 1\n", [':1: key "question" is missing: write one [[question]] for each question.']),
    (change('"both"', '"leaf"'), [':14: the id "leaf" is taken by a question above: choose another.']),
    (change('"leaf"', '"Leaf 1"'), [':4: key "id" is "Leaf 1": write small letters, digits and hyphens.']),
    (
        change('"single"', '"choice"'),
        [':5: key "kind" is "choice": write one of single, multiple, numeric, ordering, text.'],
    ),
    (change("right = true, why", "why"), [":8: 0 options are right: in a question of kind single, one is."]),
    (
        change('{ text = "Signal." }', '{ text = "Signal.", right = true }'),
        [":8: 2 options are right: in a question of kind single, one is."],
    ),
    (
        change("right = false", "right = true"),
        [":18: 3 of 3 options are right: have one or more right and one wrong."],
    ),
    (change('{ text = "Signal." },', ""), [":8: there are 1 options: write 2 to 8."]),
    (change('"Signal."', '"Noise."'), [":10: this option is listed above: write another."]),
    (
        change("right = true", "right = 1"),
        [
            ":8: 0 options are right: in a question of kind single, one is.",
            ':9: key "right" is 1: write true or false.',
        ],
    ),
    (
        change("right = true", "rigth = true"),
        [
            ":8: 0 options are right: in a question of kind single, one is.",
            ':9: key "rigth" is not known: did you mean "right"?',
        ],
    ),
    (change("answer = 32.4", 'answer = "32.4"'), [':24: key "answer" is "32.4": write a number, without quotes.']),
    (change("answer = 32.4", "answer = nan"), [':24: key "answer" is nan: write a number.']),
    (change("tolerance = 0.5", "tolerance = -1"), [':25: key "tolerance" is -1: write a number from 0.']),
    (
        change("tolerance = 0.5\n", ""),
        [
            ':20: key "tolerance" is missing: say how far off is still right, 0 for exact.',
        ],
    ),
    (
        change("tolerance = 0.5", "tolerance = 0.5\ntolerance_percent = 2"),
        [":25: there is a tolerance_percent as well: keep one of the two."],
    ),
    (
        change("answer = 32.4\ntolerance = 0.5", "answer = 0\ntolerance_percent = 2"),
        [":25: of an answer of 0 no per cent is anything: write a tolerance instead."],
    ),
    (
        change("tolerance = 0.5", 'tolerance = 0.5\nunits = { "mg/dL" = 0 }'),
        [':26: the factor of "mg/dL" is 0.0: write a number above 0.'],
    ),
    (
        change('unit = "%"', 'unit = "%"\nunits = { " % " = 1 }'),
        [':27: " % " is listed already, case and space are not looked at: take it out.'],
    ),
    (
        change('unit = "%"', 'units = { "mg/dL" = 1 }'),
        [':26: name the unit of the answer as well: key "unit".'],
    ),
    (
        change('accept = ["sens', 'pattern = "*?"\naccept = ["sens'),
        [':40: "*?" would accept nearly everything: write letters in it.'],
    ),
    (change(', "Score"]', "]"), [":33: there are 2 items: write 3 to 7."]),
    (change('"Score"', '"Fit"'), [':33: key "items" has "Fit" twice: remove one.']),
    (change('"recall"', '"?!"'), [':40: "?!" has no letter or digit: write one that has.']),
    (
        change('accept = ["sensitivity", "recall"]\n', ""),
        [
            ':36: key "accept" is missing: list the answers that are right.',
        ],
    ),
    (
        change("$p = 1$", "$\\\\nope$"),
        [
            ':6: key "text", line 1 of its text: the formula $\\nope$ uses "\\nope", which is not known here; see '
            + COMMANDS,
        ],
    ),
    (
        change('"Which?"', '"## Which?"'),
        [
            ':16: key "text": leave out headings, footnotes and notes, a question is too short for them.',
        ],
    ),
    (change('"Signal."', '"- a list"'), [':10: "- a list" is more than one line of text: shorten it.']),
    (
        change('explanation = "Split first."\n', ""),
        [
            ':29: key "explanation" is missing: say why the right answer is right.',
        ],
    ),
    ("ask = ", [":1: this is not TOML (Invalid value): mend that line."]),
]


@pytest.mark.parametrize(("text", "expected"), DEFECTS)
def test_a_defect_is_told_with_its_line_and_what_to_do(text: str, expected: list[str], tmp_path: Path) -> None:
    assert problems(tmp_path, text) == [QUIZ_FILE + problem for problem in expected]


def test_a_quiz_without_its_lesson_has_no_place(tmp_path: Path) -> None:
    files = ProgrammeFiles(tmp_path)
    stray = QUIZ_FILE.replace("1-first", "1-frist")
    files.write(stray, QUIZ)

    (problem,) = told(files)
    assert problem.startswith(f"{stray}: this file has no place in the programme")
