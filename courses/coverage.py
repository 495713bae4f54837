"""For authors: which lesson teaches which topic, how long a lesson takes to read, and how easy it is to read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from courses.models import Lesson, Module

WORDS_A_MINUTE = 180  # of a text that teaches; stories are read faster
CODE = re.compile(r"^\$\$[^\n]+\$\$[ ]*$|^(```|\$\$).*?^\1[ ]*$", re.M | re.S)
SYLLABLE = re.compile(r"[aeiouy]+")


@dataclass(frozen=True)
class Readability:
    """`ease` is Flesch's reading ease: 60 to 70 is plain English, below 30 a scientific paper."""

    words: int
    minutes: int
    ease: int


@dataclass(frozen=True)
class TopicCovered:
    topic: str
    lessons: list[Lesson]


@dataclass(frozen=True)
class ModuleCovered:
    module: Module
    topics: list[TopicCovered]
    lessons: list[tuple[Lesson, Readability]]

    @property
    def holes(self) -> list[str]:
        """Topics that no lesson covers, in a module that has lessons."""
        return [row.topic for row in self.topics if not row.lessons] if self.lessons else []


def coverage(module: Module, lessons: Sequence[Lesson]) -> ModuleCovered:
    topics = [TopicCovered(topic, [one for one in lessons if topic in one.topics]) for topic in module.topics]
    return ModuleCovered(module, topics, [(lesson, readability(lesson.source)) for lesson in lessons])


def readability(markdown: str) -> Readability:
    """Of the running text: without code, formulas, tables, figures and marks."""
    sentences = words = syllables = 0
    for paragraph in re.split(r"\n\s*\n", CODE.sub("\n\n", markdown)):
        text = _plain(paragraph)
        found = re.findall(r"[A-Za-zÀ-ÿ’'-]+", text)
        if not found:
            continue
        words += len(found)
        sentences += max(len(re.findall(r"[.!?:;](?:\s|$)", text)), 1)
        syllables += sum(_syllables(word) for word in found)
    if not words:
        return Readability(0, 0, 0)
    ease = 206.835 - 1.015 * words / sentences - 84.6 * syllables / words
    return Readability(words, max(round(words / WORDS_A_MINUTE), 1), round(ease))


def _plain(paragraph: str) -> str:
    if paragraph.lstrip().startswith(("|", "![", ":::", "#")):
        paragraph = "\n".join(line for line in paragraph.split("\n") if not line.startswith(("|", "![", ":::", "#")))
    text = re.sub(r"`[^`]*`|\$[^$\n]*\$|\[\^[^\]]*\]:?", " ", paragraph)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def _syllables(word: str) -> int:
    """As English spells them, roughly: groups of vowels, without the silent e at the end."""
    bare = word.lower()
    count = len(SYLLABLE.findall(bare))
    if bare.endswith("e") and not bare.endswith(("le", "ee")) and count > 1:
        count -= 1
    return max(count, 1)
