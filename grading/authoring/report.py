"""What a rehearsal found, as lines for a terminal and as JSON."""

from __future__ import annotations

from typing import Any

from courses.models import Assignment, Solution
from grading import plots
from grading.authoring.hostility import HOSTILE
from grading.authoring.rehearsal import Rehearsal
from grading.execution import Execution
from grading.text import storable

Results = list[tuple[Assignment, list[Rehearsal]]]


def summary(results: Results) -> str:
    """The one line that says whether the programme is in order."""
    everything = [rehearsal for _, rehearsals in results for rehearsal in rehearsals]
    references = [each for each in everything if each.solution.kind == Solution.Kind.REFERENCE]
    wrong = [each for each in everything if each.solution.kind == Solution.Kind.WRONG]
    return (
        f"{len(results)} assignments: {sum(not each.complaint for each in references)} references at full auto marks, "
        f"{len(wrong)} wrong solutions, {sum(bool(each.complaint) for each in wrong)} undetected"
    )


def summary_of_hostile(results: Results) -> str:
    hostile = [each for _, rehearsals in results for each in rehearsals if each.solution.kind == HOSTILE]
    return f"{len(hostile)} hostile runs, {sum(bool(each.complaint) for each in hostile)} of them not repelled"


def line_of(assignment: Assignment, rehearsal: Rehearsal) -> str:
    """How one solution fared, with what is not as expected below it."""
    done = rehearsal.done
    verdict, mark = (done.outcome.verdict.value, f"{done.auto_mark}") if done else ("platform_fault", "-")
    word = "NOT AS EXPECTED" if rehearsal.complaint else "as expected"
    line = f"{assignment.slug} {rehearsal.solution}: {word}, {verdict}, auto mark {mark}, {rehearsal.seconds:.1f} s"
    if not rehearsal.complaint:
        return line
    lost = [result for result in done.results if result.earned < result.points] if done else []
    message = [done.outcome.message] if done and done.outcome.message else []
    reasons = [f"{result.name}: {result.message}" for result in lost]
    return str(storable("\n      ".join([line, rehearsal.complaint, *message, *reasons])))


def lines_of_checks(assignment: Assignment, rehearsals: list[Rehearsal]) -> list[str]:
    """A table: for each check its longest time, and on how many of the wrong solutions it took points."""
    wrong = [each.done for each in rehearsals if each.done and each.solution.kind == Solution.Kind.WRONG]
    everything = [each.done for each in rehearsals if each.done]
    lines = [
        f"\n{assignment.module.code} {assignment.slug}",
        f"  {'check':44}{'points':>8}{'longest':>10}{'catches':>9}",
    ]
    for check in assignment.checks.all():
        seconds = max((result.seconds for done in everything for result in results_of(done, check.name)), default=0.0)
        caught = sum(result.earned < result.points for done in wrong for result in results_of(done, check.name))
        caught_of = f"{caught} of {len(wrong)}"
        lines.append(f"  {check.name:44}{check.points.normalize():>8f}{seconds:>8.2f} s{caught_of:>9}")
    return [*lines, ""]


def results_of(done: Execution, name: str) -> list[Any]:
    return [result for result in done.results if result.name == name]


def lines_of_report(report: dict[str, Any]) -> list[str]:
    """The metrics of a report with their intervals: a row for everybody, and one for each group of patients."""
    ruled = {rule["metric"] for rule in report["rules"]}
    chosen = [each for each in report["figures"] if each["name"] in ruled] or report["figures"][:3]
    lines = [f"{plots.heading(report)}:"]
    lines += [f"  {each['title']:38}{figure_in_words(each)}" for each in report["figures"]]
    if report["groups"]:
        lines += ["", "  " + "".join([f"{'':26}{'n':>7}  ", *(f"{each['title'][:27]:29}" for each in chosen)]).rstrip()]
    for group in report["groups"]:
        figures = [f"{figure_in_words(group['figures'][each['name']]):29}" for each in chosen]
        lines.append("  " + "".join([f"{group['name'][:24]:26}{group['n']:>7,}  ", *figures]).rstrip())
    return [
        *lines,
        "",
        *(f"  {sentence}" for sentence in [*plots.readings(report), plots.origin(report | {"rules": []})]),
    ]


def figure_in_words(figure: dict[str, Any]) -> str:
    """.735 (.702 to .767), or why there is none"""
    between = plots.span(figure["low"], figure["high"])
    return f"{plots.number(figure['value'])} ({between})" if between else plots.number(figure["value"]) or figure["why"]


def as_json(results: Results) -> dict[str, Any]:
    return {
        "assignments": [
            {
                "module": assignment.module.slug,
                "assignment": assignment.slug,
                "solutions": [solution_as_json(each) for each in rehearsals],
            }
            for assignment, rehearsals in results
        ],
        "summary": summary(results),
    }


def solution_as_json(rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "kind": rehearsal.solution.kind,
        "file": rehearsal.solution.name,
        "as_expected": not rehearsal.complaint,
        "complaint": rehearsal.complaint,
        "seconds": rehearsal.seconds,
        "result": execution_as_json(rehearsal.done) if rehearsal.done else None,
    }


def execution_as_json(done: Execution) -> dict[str, Any]:
    """Points, earned and auto_mark as numbers."""
    return {
        "verdict": done.outcome.verdict.value,
        "message": storable(done.outcome.message),
        "auto_mark": None if done.auto_mark is None else float(done.auto_mark),
        "checks": [
            {
                "name": result.name,
                "title": result.title,
                "visible": result.is_visible,
                "points": float(result.points),
                "earned": float(result.earned),
                "message": storable(result.message),
                "details": storable(result.details),
                "reports": storable(result.reports),
                "seconds": result.seconds,
            }
            for result in done.results
        ],
    }
