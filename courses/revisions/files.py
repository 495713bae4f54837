"""What differs in files that make no row of their own: authors' notes, figures, what freezes the data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from blobs import store
from courses.models.programme import NUMBERED
from courses.revisions.changes import Change, change, texts, values
from courses.revisions.contents import Contents

# Compared row by row elsewhere, whatever the place of their module or lesson.
ELSEWHERE = re.compile(
    r"programme\.toml|data/manifest\.toml|data/[a-z0-9-]+\.md|[^/]+/module\.toml|[^/]+/lessons/.+"
    r"|[^/]+/assignments/[^/]+/((assignment|rubric|checklist)\.toml|brief\.md|checks\.py|(starter|reference|wrong)/.+)"
)


@dataclass(frozen=True)
class Files:
    """Of two revisions, by paths without the numbers of the modules. `are_known` unless one was loaded long ago."""

    old: dict[str, str]
    new: dict[str, str]

    @property
    def are_known(self) -> bool:
        return bool(self.old and self.new)

    @property
    def changes(self) -> list[Change]:
        if not self.are_known:
            return []
        paths = [path for path in sorted(self.old | self.new) if not ELSEWHERE.fullmatch(path)]
        return [self._change(path) for path in paths if self.old.get(path) != self.new.get(path)]

    @property
    def touched(self) -> list[str]:
        """Every file that differs, also where it makes no difference to anybody: spaces, comments."""
        both = self.old | self.new if self.are_known else {}
        return [path for path in sorted(both) if self.old.get(path) != self.new.get(path)]

    def _change(self, path: str) -> Change:
        was, now = self.old.get(path, ""), self.new.get(path, "")
        if path.endswith("author.md") and was and now:
            return change("File", path, was=True, now=True, texts=texts(("text", _text(was), _text(now))))
        facts = values(("SHA-256", was[:12], now[:12]))
        return change("File", path, was=bool(was), now=bool(now), values=facts)


def files_of(old: Contents, new: Contents) -> Files:
    renamed = {module.slug: module.name for contents in (old, new) for module in contents.modules}
    return Files(_named(old.revision.files, renamed), _named(new.revision.files, renamed))


def _named(files: dict[str, str], renamed: dict[str, str]) -> dict[str, str]:
    found = {}
    for path, sha256 in files.items():
        folder, slash, rest = path.partition("/")
        found[f"{renamed.get(folder) or NUMBERED.sub('', folder)}{slash}{rest}" if slash else path] = sha256
    return found


def _text(sha256: str) -> str:
    try:
        return store.read(sha256).decode()
    except FileNotFoundError:
        return ""
