"""Text that student code chose: an error may say anything, and a database takes less."""

from __future__ import annotations

from typing import Any

UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def storable(value: Any) -> Any:
    """The same text, or mapping or list of it, without nulls (PostgreSQL) and halves of characters (no database)."""
    match value:
        case str():
            return value.replace("\x00", UNKNOWN).encode("utf-8", "replace").decode()
        case dict():
            return {storable(key): storable(each) for key, each in value.items()}
        case list() | tuple():
            return [storable(each) for each in value]
    return value
