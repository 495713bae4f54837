"""Updates one display again and again, so that the notebook itself stays small."""

from __future__ import annotations

from IPython.display import display

NOTEBOOK = True
LIMITS = {"wall_s": 20}
VERDICTS = ("too_much_output",)


def attack() -> None:
    handle = display("x", display_id=True)  # type: ignore[no-untyped-call]
    while True:
        handle.update("x")
