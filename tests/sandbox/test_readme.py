from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sandbox

PROJECT = Path(__file__).resolve().parents[2]


def test_the_example_works_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("def predict(x):\n    return sum(x)")
    example = (PROJECT / "sandbox" / "README.md").read_text().split("```python\n")[1].split("```")[0]
    result = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stdout, result.stderr) == ("4.0\n", "")
