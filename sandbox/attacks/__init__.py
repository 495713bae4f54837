"""What hostile code can do, each attack a file of its own. `sandbox.attack` runs them and judges.

An attack is a module with a sentence for its docstring and `attack()`, which runs in the sandbox as a student's script
(or as a notebook, where NOTEBOOK is set). It may add LIMITS and ARTEFACTS for its job, VERDICTS, how a run may end (one
that has been held completes unless this says otherwise), SILENT where no output is to be expected, and
`got_through(trial)`, which runs on the host and gives a sentence if it has.
"""
