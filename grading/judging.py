"""One run, judged as its assignment wants it: in the sandbox, or a quiz here."""

from __future__ import annotations

from collections.abc import Callable

from grading import execution, quizzes
from grading.execution import Execution
from grading.models import Run
from sandbox import Event


def judge(run: Run, on_event: Callable[[Event], None] | None = None) -> Execution:
    """Raises PlatformFault for what is ours, SandboxUnavailable where nothing has been seen to isolate."""
    if run.assignment.is_quiz:
        return quizzes.execute(run)
    if run.kind == Run.Kind.CELLS:
        return execution.perform(run.assignment, run.files, seed=run.seed, on_event=on_event)
    hidden = run.kind != Run.Kind.TRIAL
    return execution.execute(run.assignment, run.files, hidden=hidden, seed=run.seed, on_event=on_event)
