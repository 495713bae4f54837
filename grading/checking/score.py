"""The entry of a scoring session: loads an assignment's checks and runs them one by one, as the host asks.

The working folder holds checks.py, data/ (hidden files only when hidden checks run) and work.json: what the
checks may know of the submission. Student code is in another process; `ask` reaches it through the host.
"""

import json
import runpy
import traceback
from pathlib import Path
from typing import Any

from checking import CheckFailed, Data, Partial, Student, registered
from sandbox_host import ask

work = json.loads(Path("work.json").read_text(encoding="utf-8"))
student = Student(work["name"], work["source"], work["printed"], ask)
data = Data(Path("data"))
runpy.run_path("checks.py", run_name="checks")


def run_check(name: str) -> dict[str, Any]:
    """{"fraction": 0 to 1, "message": for the student} or {"fault": for staff}."""
    try:
        result = registered[name](student, data)
    except CheckFailed as failed:
        return {"fraction": 0.0, "message": str(failed)}
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {"fault": f"{type(error).__name__}: {error} (in {where.name}, line {where.lineno})"}
    if result is None:
        return {"fraction": 1.0, "message": ""}
    if isinstance(result, Partial):
        return {"fraction": result.fraction, "message": result.message}
    return {"fault": f"The check returned {type(result).__name__}; return None or partial(...)."}
