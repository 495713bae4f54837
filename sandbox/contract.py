"""What goes into the sandbox and what comes out: the only words its callers need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol


class Verdict(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MUCH_OUTPUT = "too_much_output"
    REFUSED = "refused"
    PLATFORM_FAULT = "platform_fault"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one session may use. The clock starts when the child says it is ready.

    `wall_s` is for the run of the entry file, `cell_s` for each cell of a notebook within it, `call_s` for each call
    after it; `cpu_s` and all others are for everything together. Where a cell begins the session says itself, so
    against code that lies only `wall_s` holds.
    """

    wall_s: float = 60.0
    cell_s: float | None = None
    call_s: float = 30.0
    cpu_s: float = 60.0
    memory_mb: int = 2048
    processes: int = 64
    disk_mb: int = 64
    output_kb: int = 1024
    open_files: int = 256

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not value > 0:
                raise ValueError(f"The limit {name} is {value}: it must be above 0.")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of code to run.

    `files` maps a name inside the working folder ("analysis.ipynb", "data/monica.csv") to a file of the host; each is
    shown read-only. `entry` is the one to run. `packages` are folders of trusted Python code shown read-only: one with
    an `__init__.py` can be imported by its own name, any other is put on the import path itself. `artefacts` are glob
    patterns, relative to the working folder, of files to bring back ("*.csv", "plots/*.png", "**/*.json").
    """

    kind: Literal["script", "notebook"]
    entry: str
    files: Mapping[str, Path]
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    artefacts: tuple[str, ...] = ()
    packages: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a session used; its memory is what came on top of the libraries that were loaded for it."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_mb: float = 0.0
    output_kb: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CodeError:
    """An exception of the code that ran. `cell` counts code cells from 1, `line` lines of the cell or script from 1."""

    type: str
    message: str
    cell: int | None = None
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run went. `message` says in one plain sentence which limit, how much was used, and whose fault it was."""

    verdict: Verdict
    message: str = ""
    error: CodeError | None = None
    usage: Usage = field(default_factory=Usage)
    stdout: str = ""
    stderr: str = ""
    notebook: bytes | None = None
    artefacts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a call of a function in the session gave: a plain value, or a failure in plain words.

    `verdict` is COMPLETED when `value` is valid, CRASHED when the function raised or gave what cannot cross the
    channel (`error`, `message`), or the limit that ended the session. `stdout` is what it printed.
    """

    verdict: Verdict
    value: Any = None
    error: CodeError | None = None
    message: str = ""
    stdout: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happens while a job runs: "started", "cell" (n of m), "output", "finished"; "waiting" each second meanwhile.

    With "output" comes all that the running cell, or the script, has shown so far, as nbformat writes it; at most
    four times a second.
    """

    kind: Literal["started", "cell", "output", "waiting", "finished"]
    cell: int = 0
    cells: int = 0
    outputs: Sequence[Mapping[str, Any]] = ()


class Session(Protocol):
    """A sandboxed process that lives from `open` to `close`. None of its methods raises for what the code does."""

    def run(self, on_event: Callable[[Event], None] | None = None) -> Outcome:
        """Run the entry file. Once. If `on_event` raises, the session ends and this raises the same."""
        ...

    def call(
        self,
        function: str,
        *args: Any,
        on_ask: Callable[[Any], Any] | None = None,
        limit_s: float | None = None,
        **kwargs: Any,
    ) -> Reply:
        """Call a function that the entry file defined, with plain values (see sandbox.values).

        It may take `limit_s` seconds, or as long as the job's `call_s` says. A call that takes longer is TIMED_OUT and
        the session is over: what comes next needs a new one.

        While it runs, trusted code inside may `ask` the host (`from sandbox_host import ask`); `on_ask` answers with a
        plain value, and the time that it takes does not count. Without `on_ask` an ask raises RuntimeError inside.
        """
        ...

    def value(self, name: str, *, limit_s: float | None = None) -> Reply:
        """The value of a variable that the entry file left, as if a function had given it."""
        ...

    def close(self) -> Usage:
        """End every process of the session and give what it used in all."""
        ...

    def __enter__(self) -> Session: ...

    def __exit__(self, *exc: object) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Whether a backend can isolate on this machine; if not, why and what to do."""

    name: str
    ok: bool
    reason: str = ""
    remedy: str = ""
    memory_limit: str = ""


class Backend(Protocol):
    """A way of isolating. Thread-safe: several sessions may be open at once."""

    name: str

    def probe(self) -> Probe:
        """Can it isolate here? Runs a fast self-test once; never raises."""
        ...

    def open(self, job: Job) -> Session:
        """A warm process that is ready to run `job`. Raises SandboxUnavailable when nothing can isolate."""
        ...

    def close(self) -> None:
        """End the fork server and everything that it started."""
        ...


class SandboxUnavailable(RuntimeError):
    """Nothing here can isolate: the message says why and what to do. Student code is never run without a sandbox."""
