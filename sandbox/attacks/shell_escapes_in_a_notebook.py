"""Runs shell commands and magics that were built at run time."""

from __future__ import annotations

from IPython import get_ipython

from sandbox.attacks.tools import attempt

NOTEBOOK = True


def attack() -> None:
    shell = get_ipython()
    attempt("system", shell.system, "id")
    attempt("getoutput", shell.getoutput, "id")
    attempt("a magic", shell.run_line_magic, "sx", "id")
    attempt("a cell magic", shell.run_cell_magic, "bash", "", "id")
