"""Where untrusted code runs. Knows no Django, no database, no course.

`open_backend()` gives a Backend; `backend.open(job)` a Session; `session.run()` an Outcome.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.contract import (
    Backend,
    CodeError,
    Event,
    Job,
    Limits,
    Outcome,
    Probe,
    Reply,
    SandboxUnavailable,
    Session,
    Usage,
    Verdict,
)
from sandbox.values import Handle

__all__ = [
    "Backend",
    "CodeError",
    "Event",
    "Handle",
    "Job",
    "Limits",
    "Outcome",
    "Probe",
    "Reply",
    "SandboxUnavailable",
    "Session",
    "Usage",
    "Verdict",
    "open_backend",
]


def open_backend(name: str = "bubblewrap") -> Backend:
    """The backend of this name. Cheap: it starts what it needs with the first `probe` or `open`."""
    kind, _, place = name.partition(":")
    if name == "bubblewrap":
        from sandbox.bubblewrap import Bubblewrap

        return Bubblewrap()
    if kind == "unix" and place:
        from sandbox.remote import Remote

        return Remote(Path(place))
    if kind == "docker":
        from sandbox.containers import Containers

        return Containers(place or "runc")
    raise ValueError(
        f"There is no sandbox backend named {name!r}; there are 'bubblewrap', 'unix:/path/of/the.sock' and "
        "'docker:runtime', such as 'docker:runc'."
    )
