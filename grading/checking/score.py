"""The entry of a scoring session: loads an assignment's checks and runs them one by one, as the host asks.

The working folder holds checks.py, data/ (hidden files only when hidden checks run) and work/ (what was handed in).
What else the checks may know of the submission comes with `begin`; student code is in other processes, and `ask`
reaches them through the host.
"""

import json
import math
import runpy
import traceback
from pathlib import Path
from typing import Any

from checking import AuthorError, CheckFailed, Data, Partial, Student, registered
from checking.declaring import present
from sandbox_host import ask

MAX_REPORTS = 256 * 1024
data = Data(Path("data"))
students: list[Student] = []
memory: list[str] = []
runpy.run_path("checks.py", run_name="checks")


def begin(works: list[dict[str, Any]], canary: str) -> None:
    """What came of the runs: the first, and the second one where the assignment asks for it.

    The canary is a word that must never leave this process; the host looks for it in everything that comes out.
    """
    memory.append(canary)
    for number, work in reversed(list(enumerate(works))):

        def ask_this(question: dict[str, Any], number: int = number) -> Any:
            return ask({**question, "run": number})

        artefacts = tuple(work.pop("artefacts"))
        again = students[0] if students else None
        student = Student(**work, artefacts=artefacts, ask=ask_this, again=again, handed_in=Path("work"))
        students.insert(0, student)


def run_check(name: str, is_visible: bool) -> dict[str, Any]:
    """{"fraction": 0 to 1, "message", "details", "reports"} for the student, "measured" for the author; or {"fault":
    for staff}."""
    present.is_visible = is_visible
    present.reports.clear()
    present.measured.clear()
    student = students[0]
    student.last_call = ""
    details: dict[str, Any] = {}
    try:
        try:
            result = registered[name](student, data)
            result = Partial(1.0, "") if result is None else result
        except CheckFailed as failed:
            result = Partial(0.0, str(failed))
            details = {
                "expected": failed.expected,
                "got": failed.got,
                "where": failed.where or student.where(failed.look_at or student.last_call),
                "differences": failed.differences,
            }
        if not isinstance(result, Partial):
            raise AuthorError(f"it returned {type(result).__name__}; return None or partial(...)")
        reports = [as_json(report) for report in present.reports]
        if len(json.dumps(reports)) > MAX_REPORTS:
            raise AuthorError(f"its reports are longer than {MAX_REPORTS // 1024} KB")
    except Exception as error:
        return {"fault": f"{type(error).__name__}: {error}{place_of(error)}"}
    return {
        "fraction": float(result.fraction),
        "message": result.message,
        "details": {key: value for key, value in details.items() if value},
        "reports": reports,
        "measured": as_json(present.measured),
    }


def place_of(error: Exception) -> str:
    """The line of checks.py in which it happened, for the author."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "checks.py"]
    return f" (checks.py, line {lines[-1]})" if lines else ""


def as_json(value: Any) -> Any:
    """The same with plain keys and numbers; what is not a number becomes None."""
    if isinstance(value, dict):
        return {str(key): as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if hasattr(value, "tolist"):  # numpy's
        return as_json(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    raise AuthorError(f"a report holds a {type(value).__name__}, which cannot be kept")
