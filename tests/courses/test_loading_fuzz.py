"""Whatever an author, a tool or a disk does to one file, the loader answers in sentences."""

import random
import re
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programme_files import ProgrammeFiles

from courses.loading import ProgrammeError, read
from courses.loading.programme import ProgrammeContents


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ProgrammeFiles:
    return ProgrammeFiles(tmp_path_factory.mktemp("fuzz"))


def outcome(files: ProgrammeFiles) -> ProgrammeContents | ProgrammeError:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return read(files.folder, data_dir=files.data_dir)
        except ProgrammeError as error:
            return error


def believable(result: ProgrammeContents | ProgrammeError) -> None:
    """Sentences that can be printed, or contents that a database can keep."""
    if isinstance(result, ProgrammeError):
        assert result.problems
        str(result).encode()
        return
    for module in result.modules:
        rows = [module.module, *module.lessons]
        rows += [row for one in module.assignments for row in (one.assignment, *one.checks)]
        for row in rows:
            for field in row._meta.concrete_fields:
                value = str(getattr(row, field.attname))
                value.encode()
                assert "\0" not in value
                if field.get_internal_type() in ("CharField", "SlugField"):
                    assert len(value) <= (field.max_length or 0), field


def spoiled(files: ProgrammeFiles, path: str, content: bytes) -> None:
    whole = files.path(path).read_bytes()
    try:
        files.write(path, content)
        believable(outcome(files))
    finally:
        files.write(path, whole)


PATHS = ProgrammeFiles.PATHS
PIECES = (
    *rb"""
    " ' \"\"\" [ ] { } [[ = # +++ $ $$ \ ``` ::: | ![ ]( < > & &a; <!-- ]]> [^1] inf nan -1 1e999 true \u0000 \ud800
    null 1979-05-27 ../ \d \N{DASH} https://[ $\frac$ ${x_}^$ @check lambda: *a **a f'{ async
    """.split(),
    *(b"", b"\0", b"\n", b"\r", b"\x0c", b"\xe2\x80\xa8", b"\xc3\xa9", b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    *(b"\n::: note\n", b"\n> - ", b"0x" + b"f" * 5000, b"9" * 5000, b"(" * 300),
)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
def test_any_bytes_for_a_file_are_answered_in_sentences(files: ProgrammeFiles, path: str, content: bytes) -> None:
    spoiled(files, path, content)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_damage_to_a_file_is_answered_in_sentences(files: ProgrammeFiles, path: str, seed: int) -> None:
    spoiled(files, path, damaged(files.path(path).read_bytes(), random.Random(seed)))


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Close enough to right to get far: a word, a number or the inside of a text replaced, or a few bytes anywhere."""
    for _ in range(chance.randint(1, 2)):
        words = [match.span() for match in re.finditer(rb'(?<=")[^"\n]+(?=")|"[^"\n]*"|\d+|\w+', content)]
        if words and chance.random() < 0.7:
            start, end = chance.choice(words)
        else:
            start = chance.randrange(len(content) + 1)
            end = start + chance.choice((0, 0, 1, 5, 40))
        piece = chance.choice(PIECES) if chance.random() < 0.9 else chance.randbytes(chance.randint(1, 3))
        content = content[:start] + piece * chance.choice((1, 1, 3)) + content[end:]
    return content
